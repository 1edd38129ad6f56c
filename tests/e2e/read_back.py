"""Reads reports back with readers that know nothing of Assay, and prints what they counted.

read_back.py FOLDER [SCHEMAS]: FOLDER holds the reports; SCHEMAS the schemas of OCSF and OSCAL.
"""

import collections
import csv
import json
import pathlib
import sys

import jsonschema_rs
import junitparser

folder = pathlib.Path(sys.argv[1])
schemas = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
out = {}


def valid(schema, documents):
    """Every document fits the schema."""
    validator = jsonschema_rs.validator_for(
        json.loads((schemas / schema).read_text()), validate_formats=True
    )
    for document in documents:
        for error in validator.iter_errors(document):
            path = "/".join(map(str, error.instance_path))
            sys.exit(f"{schema}: /{path}: {error.message[:300]}")


with open(folder / "findings.csv", newline="") as file:
    rows = list(csv.DictReader(file, strict=True))
out["csv"] = len(rows)
out["csv_formulas"] = sum(
    1 for row in rows for cell in row.values() if cell.lstrip()[:1] in tuple("=+-@\t\r")
)
out["csv_status"] = collections.Counter(row["status"] for row in rows)

suites = junitparser.JUnitXml.fromfile(str(folder / "junit.xml"))
cases = [case for suite in suites for case in suite]
kinds = collections.Counter(
    type(case.result[0]).__name__ if case.result else "Passed" for case in cases
)
out["junit"] = kinds
out["junit_said"] = {
    "tests": suites.tests,
    "failures": suites.failures,
    "errors": suites.errors,
    "skipped": suites.skipped,
}

events = [json.loads(line) for line in (folder / "findings.ocsf.ndjson").open()]
out["ocsf"] = collections.Counter(event["compliance"]["status_code"] for event in events)

oscal = json.loads((folder / "oscal.json").read_text())
component = json.loads((folder / "component.json").read_text())
results = oscal["assessment-results"]["results"]
out["oscal_states"] = collections.Counter(
    finding["target"]["status"]["state"]
    for result in results
    for finding in result.get("findings", [])
)
out["oscal_excluded"] = sum(
    len(selection.get("exclude-controls", []))
    for result in results
    for selection in result["reviewed-controls"]["control-selections"]
)

uuids, references = collections.Counter(), set()


def walk(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "uuid":
                uuids[inner] += 1
            elif key.endswith("-uuid"):
                references.add(inner)
            elif key == "href" and inner.startswith("#"):
                references.add(inner[1:])
            walk(inner)
    elif isinstance(value, list):
        for inner in value:
            walk(inner)


walk(oscal)
out["oscal_twice"] = [uuid for uuid, n in uuids.items() if n > 1]
out["oscal_dangling"] = sorted(references - set(uuids))

if schemas:
    valid("ocsf_compliance_finding_2003.schema.json", events)
    valid("oscal_assessment-results_schema.json", [oscal])
    valid("oscal_component_schema.json", [component])

print(json.dumps(out))
