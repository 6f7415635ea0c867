"""The list of changes that make no difference speaks of the code that there is."""

import mutate
import pytest


@pytest.mark.parametrize("module", mutate.MAKES_NO_DIFFERENCE)
def test_what_makes_no_difference_can_still_be_changed(module):
    possible = {(change.which, change.line, change.what) for change in mutate.all_changes(module)}
    listed = [entry[:3] for entry in mutate.MAKES_NO_DIFFERENCE[module]]
    assert not set(listed) - possible and len(set(listed)) == len(listed)
