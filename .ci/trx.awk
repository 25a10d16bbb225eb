# Reads one TRX file (VSTest's XML) and prints a line `counts PASSED FAILED SKIPPED`, then one line per test that
# failed or was skipped: `failed NAME | MESSAGE`, `skipped NAME | REASON`. One record is what stands between two `<`.
BEGIN { RS = "<" }

function text(value) {
  gsub(/&lt;/, "<", value); gsub(/&gt;/, ">", value); gsub(/&quot;/, "\"", value); gsub(/&apos;/, "'", value)
  gsub(/&#x[dD];/, "", value); gsub(/&#x[aA];/, " ", value); gsub(/&amp;/, "\\&", value)
  gsub(/[[:space:]]+/, " ", value)
  sub(/^ /, "", value); sub(/ $/, "", value)
  return value
}

function attribute(record, key) {
  if (!match(record, "[ \t]" key "=\"[^\"]*\"")) return ""
  record = substr(record, RSTART, RLENGTH)
  sub(/^[^"]*"/, "", record); sub(/"$/, "", record)
  return text(record)
}

function report() {
  if (outcome == "Failed") { failed++; lines = lines "failed " name " | " message "\n" }
  if (outcome == "NotExecuted") { skipped++; lines = lines "skipped " name " | " message "\n" }
  if (outcome == "Passed") passed++
  outcome = ""; message = ""
}

/^UnitTestResult / { report(); name = attribute($0, "testName"); outcome = attribute($0, "outcome") }
/^Message>/ && outcome != "" && message == "" { message = $0; sub(/^Message>/, "", message); message = substr(text(message), 1, 600) }
/^\/Results>/ { report() }

END { report(); printf "counts %d %d %d\n%s", passed, failed, skipped, lines }
