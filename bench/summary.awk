# Prints the comparisons of the first file from the measurements of the second.
#
# comparisons:   title | measure variant | against: measure variant, or - for the bare value | goal, such as <=0.8, or empty
# measurements:  repetition,measure,variant,value,unit
#
# A ratio is taken within each repetition; what is printed is the median over the repetitions.
function median(list, n,    i, j, t) {
    for (i = 2; i <= n; i++)
        for (j = i; j > 1 && list[j - 1] > list[j]; j--) { t = list[j]; list[j] = list[j - 1]; list[j - 1] = t }
    return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}
function collect(what, out,    r, n) {
    n = 0
    for (r = 1; r <= repetitions; r++)
        if ((r, what) in value) out[++n] = value[r, what]
    return n
}
function show(what,    list, n) {
    n = collect(what, list)
    return n ? sprintf("%.4g %s", median(list, n), unit[what]) : "-"
}
function trim(s) { gsub(/^ +| +$/, "", s); return s }

NR == FNR { if ($0 !~ /^ *(#|$)/) comparison[++comparisons] = $0; next }
{
    split($0, field, ",")
    if (field[1] > repetitions) repetitions = field[1] + 0
    what = field[2] " " field[3]
    value[field[1], what] = field[4] + 0
    unit[what] = field[5]
}
END {
    format = "%-60s %14s %14s %8s  %-8s %s\n"
    printf format, "", "value", "against", "ratio", "goal", ""
    for (c = 1; c <= comparisons; c++) {
        split(comparison[c], part, "|")
        one = trim(part[2]); other = trim(part[3]); goal = trim(part[4])
        n = 0
        for (r = 1; r <= repetitions; r++) {
            if (!((r, one) in value)) continue
            if (other == "-") ratio[++n] = value[r, one]
            else if (value[r, other] > 0) ratio[++n] = value[r, one] / value[r, other]
        }
        if (!n) continue
        m = median(ratio, n)
        verdict = goal == "" ? "" : (goal ~ /^<=/ ? m <= substr(goal, 3) + 0 : m >= substr(goal, 3) + 0) ? "reached" : "MISSED"
        printf format, trim(part[1]), show(one), other == "-" ? "" : show(other), other == "-" ? "" : sprintf("%.2f", m), goal, verdict
    }
}
