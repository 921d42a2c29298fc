# gnuplot -e "hotswap='…'; plain='…'; output_file='…'; hotswap_s=…; plain_s=…" latency.gnuplot
set terminal pngcairo size 1200,500 font "sans,11"
set output output_file
set title "Longest wait of the application, per tenth of a second"
set xlabel "seconds since the schema change began"
set ylabel "ms"
set logscale y
set grid y
set key top right
set yrange [0.1:*]
set object 1 rectangle from 0, graph 0 to hotswap_s, graph 1 fillcolor rgb "#e8f0fe" fillstyle solid 1.0 noborder behind
set object 2 rectangle from 0, graph 0 to plain_s, graph 0.03 fillcolor rgb "#f4b6b0" fillstyle solid 1.0 noborder behind
plot plain using 1:2 with impulses linecolor rgb "#d93025" title "plain ALTER TABLE (bar: its duration)", \
     hotswap using 1:2 with lines linewidth 1.5 linecolor rgb "#1a73e8" title "hotswap (shaded: its duration)"
