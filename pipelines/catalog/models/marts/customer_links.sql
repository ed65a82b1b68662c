-- One row per pseudonym that stands for a person better known under another one.
with list_edges as (
    select
        identifier_ref as node,
        customer_ref as neighbour
    from stg_customer_identifiers
    union
    select
        customer_ref as node,
        identifier_ref as neighbour
    from stg_customer_identifiers
    union
    select
        identifier_ref as node,
        identifier_ref as neighbour
    from stg_customer_identifiers
    union
    select
        customer_ref as node,
        customer_ref as neighbour
    from stg_customer_identifiers
),

-- Each round spreads the smallest pseudonym one step further; three reach everything within three shared identifiers.
spread_one_step as (
    select
        node,
        min(neighbour) as label
    from list_edges
    group by 1
),

spread_two_steps as (
    select
        list_edges.node,
        min(spread_one_step.label) as label
    from list_edges
    inner join spread_one_step
        on list_edges.neighbour = spread_one_step.node
    group by 1
),

spread_three_steps as (
    select
        list_edges.node,
        min(spread_two_steps.label) as label
    from list_edges
    inner join spread_two_steps
        on list_edges.neighbour = spread_two_steps.node
    group by 1
),

list_weaker_identifiers as (
    select identifier_ref as node
    from stg_customer_identifiers
    group by 1
),

-- A person goes by an identifier to which no stronger one is known, so that most orders keep their own pseudonym.
choose_strongest as (
    select
        spread.label,
        coalesce(min(case when weaker.node is null then spread.node end), spread.label) as person_ref
    from spread_three_steps as spread
    left join list_weaker_identifiers as weaker
        on spread.node = weaker.node
    group by 1
),

link_to_person as (
    select
        spread.node as identifier_ref,
        choose_strongest.person_ref
    from spread_three_steps as spread
    inner join choose_strongest
        on spread.label = choose_strongest.label
    where spread.node <> choose_strongest.person_ref
)

select * from link_to_person
