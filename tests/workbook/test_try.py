import io
from tests.assessment.support import *
from tests.support.world import token
import openpyxl


def test_it(province):
    p = person(province, "officer.x11")
    p.send({**FULL, "1.1:note": "=cmd _x0041_"})
    a = p.client.get(p.url + "/workbook.xlsx")
    assert a.status_code == 200, a.text
    data = a.data
    open("/tmp/form.xlsx", "wb").write(data)

    def up(data):
        r = p.client.post(
            p.url + "/workbook",
            data={"csrf_token": p.token(), "file": (io.BytesIO(data), "a.xlsx")},
            content_type="multipart/form-data",
        )
        return r

    r = up(data)
    open("/tmp/p1.html", "w").write(r.text)
    assert r.status_code == 200
    b = openpyxl.load_workbook(io.BytesIO(data))
    s = b.worksheets[0]
    for row in s.iter_rows(min_row=1, max_row=12, values_only=True):
        print(row[:14])
    o = io.BytesIO()
    b.save(o)
    r = up(o.getvalue())
    assert r.status_code == 200
    for row in s.iter_rows(min_row=5):
        if row[3].value == "1.2.1":
            row[8].value = 48
        if row[3].value == "1.4":
            row[8].value = None
        if row[3].value == "2.1":
            row[10].value = "Có"
    o = io.BytesIO()
    b.save(o)
    r = up(o.getvalue())
    open("/tmp/p2.html", "w").write(r.text)
    assert r.status_code == 200
    import re

    signed = re.search(r'name="signed" value="([^"]+)"', r.text)[1]
    r = p.client.post(
        p.url + "/workbook/apply", data={"csrf_token": p.token(), "signed": signed}, follow_redirects=True
    )
    print(r.status_code)
    print({k: (v.inputs, v.points) for k, v in scores(province, "X11").items()})
