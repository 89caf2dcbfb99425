import sys; sys.path.insert(0,'/work/main/tests/view')
import pytest
from test_exercise import *
def order(o): return [t.split("\n")[0] for t in o.page.locator(".kb-order li").all_inner_texts()]
@pytest.mark.parametrize("n",range(14))
def test_f(n, small_course, open_html):
    o=open_html(exercise("01_small").as_html()); settled(o,"0 of 6 answered"); answer_all(o); settled(o,"6 of 6 answered, all saved")
    a=order(o); st=o.page.evaluate("JSON.stringify(Object.entries(localStorage))"); o.page.reload(); settled(o,"6 of 6 answered, all saved"); b=order(o)
    import re
    print("RES",n,a,b, re.findall(r'\[[^\[\]]*"[a-z-]+"[^\[\]]*\]', st)[:0], st.count('revision')); print(st[:900]) if a!=b or n==0 else None
