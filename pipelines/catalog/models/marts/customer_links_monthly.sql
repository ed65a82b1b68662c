-- One row per month and pseudonym that ordered in it and stands for a person better known under another one.
with list_active_pseudonyms as (
    select
        month,
        customer_ref
    from customer_months
    group by 1, 2
),

link_to_person as (
    select
        active.month,
        active.customer_ref,
        customer_links.person_ref
    from list_active_pseudonyms as active
    inner join customer_links
        on active.customer_ref = customer_links.identifier_ref
)

select * from link_to_person
