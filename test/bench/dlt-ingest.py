# dlt's fastest way for the same file: Arrow batches of a typed CSV, loaded into a DuckDB file. Arguments: CSV, folder, columns as JSON.
import json
import os
import resource
import sys

# Its usual naming makes the same name of several Chinese headers.
os.environ["SCHEMA__NAMING"] = "direct"

import dlt
import pyarrow as pa
import pyarrow.csv as arrow_csv

csv, folder, options = sys.argv[1:4]
columns = json.loads(options)["columns"]
types = {"bigint": pa.int64(), "decimal(18,4)": pa.decimal128(18, 4), "timestamp": pa.timestamp("us"), "varchar": pa.string()}


@dlt.resource(name="export", max_table_nesting=0)
def export():
    convert = arrow_csv.ConvertOptions(
        column_types={name: types[sql] for name, sql in columns.items()}, strings_can_be_null=True
    )
    reader = arrow_csv.open_csv(
        csv, read_options=arrow_csv.ReadOptions(block_size=16 << 20), convert_options=convert,
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
    )
    for batch in reader:
        yield pa.Table.from_batches([batch])


pipeline = dlt.pipeline(
    pipeline_name="bench", pipelines_dir=f"{folder}/pipelines", destination=dlt.destinations.duckdb(f"{folder}/dlt.duckdb")
)
pipeline.run(export(), loader_file_format="parquet")
rows = pipeline.last_trace.last_normalize_info.row_counts["export"]
print(json.dumps({"rows": rows}))
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
cpu = sum(one.ru_utime + one.ru_stime for one in used)
print(f"cpu {cpu:.2f} peak {max(one.ru_maxrss for one in used) // 1024}")
