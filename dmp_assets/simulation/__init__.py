"""A simulated world whose truth is known: landing files, and beside them what really happened.

``parameters`` holds every rate and effect; ``world``, ``catalogue`` and ``campaigns`` draw who and what there is;
``sessions``, ``touches``, ``events``, ``bots`` and ``stores`` draw what happens on a day; ``faults`` spoils some of it;
``segment_lines``, ``ga4_lines``, ``store_lines`` and ``reference_files`` write it in the sources' formats;
``truth`` and ``run`` put it on disk.
"""
