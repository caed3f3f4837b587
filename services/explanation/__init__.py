"""Explanation and second appraisal: questions on single items, the unit's answers, and what became of them (Điều 7.2, 7.3).

``asking`` is the helper's part, ``answering`` the unit's and its superior's, ``thread`` the
conversation on an item with its remarks, ``changes`` what the second appraisal moved, ``reading`` the unit's page.
"""
