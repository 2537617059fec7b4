"""What a page of the report is made of: blocks, words, periods, charts. Who draws them is the report."""
