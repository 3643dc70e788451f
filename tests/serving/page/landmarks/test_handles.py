from serving.page.landmarks.handles import svg
from serving.page.landmarks.sketch import Drawing

CHIN = 8


def test_lines_and_handles_stand_where_the_landmarks_do(face):
    plain = svg(Drawing(face), 64, None)
    assert plain.count("<polyline") == 5 and plain.count("<polygon") == 4
    assert f"{face[0, 0] * 64:.2f},{face[0, 1] * 64:.2f} " in plain and "<circle" not in plain
    handles = svg(Drawing(face), 64, CHIN)
    assert handles.count('class="handle"') == 67 and handles.count('class="chosen"') == 1
    x, y = face[CHIN] * 64
    assert f'class="chosen" cx="{x:.2f}" cy="{y:.2f}"' in handles
    assert svg(Drawing(), 64, CHIN) == ""
