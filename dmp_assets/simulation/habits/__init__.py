"""Sources beside the main ones, whose files are exports as tools and shops make them, and the truth of their lines.

``visits`` is a second shop's web log in scripted visits, with the source that writes it (``outlet``), and tickets that
are numbered as its events are. ``clicks`` are exported over and over. ``orders`` are stated again and corrected by two
marketplaces. ``boutique`` is a shop and its web site that report the same orders, in scripts of ``reported_orders``.
``kiosks`` are tills that count from 1 each. ``ids`` rewrites ids as spreadsheets do. ``sources`` writes all of it and
says how it is to be read.
"""
