# Reads a pgbench transaction log (client, number, latency in us, script, end in s and us) and prints, for the time before,
# during and after the interval [began, ended]:  phase  transactions-per-second  longest-wait-in-ms
# With -v plot=FILE also writes the longest wait of each tenth of a second, time 0 being the beginning of the interval.
{
    end = $5 + $6 / 1e6
    ms = $3 / 1000
    phase = end < began ? "before" : end - ms / 1000 <= ended ? "during" : "after"
    if (!(phase in first) || end < first[phase])
        first[phase] = end
    if (end > last[phase])
        last[phase] = end
    n[phase]++
    if (ms > longest[phase])
        longest[phase] = ms
    slot = int((end - began) * 10 + 1e6) - 1e6
    if (ms > wait[slot])
        wait[slot] = ms
}
END {
    # the interval itself is known better than from the transactions that ended in it
    seconds["during"] = ended - began
    split("before during after", order)
    for (i = 1; i <= 3; i++) {
        phase = order[i]
        if (phase != "during")
            seconds[phase] = last[phase] - first[phase]
        printf "%s %.1f %.2f\n", phase, n[phase] / (seconds[phase] > 0 ? seconds[phase] : 1), longest[phase]
    }
    if (plot)
        for (slot in wait)
            printf "%.1f %.3f\n", slot / 10, wait[slot] | "sort -n >" plot
}
