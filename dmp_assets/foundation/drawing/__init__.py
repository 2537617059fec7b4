"""Drawing: charts as SVG text, in one style."""
