//! Query parameters: all that neither path nor body fills.

use serde_json::{Value as Json, json};

use super::{becomes, refused};

#[test]
fn parameters_fill_fields_at_any_depth_and_of_any_kind() {
    let cases: [(&str, Json); 40] = [
        ("text=a", json!({"text": "a"})),
        ("text=", json!({})),
        ("text=a+b%2Bc%26d%3De=f", json!({"text": "a b+c&d=e=f"})),
        ("&text=a&&", json!({"text": "a"})),
        // In either spelling, nested by dots, to any depth.
        ("wInt32=5", json!({"w_int32": 5})),
        ("parent.name=a&parent.i64=5", json!({"parent": {"name": "a", "i64": "5"}})),
        ("parent.parent.parent.wInt64=5", json!({"parent": {"parent": {"parent": {"w_int64": "5"}}}})),
        // Lists by repetition, in the order of their coming.
        ("texts=b&texts=a&texts=b", json!({"texts": ["b", "a", "b"]})),
        ("i64s=1&i64s=-2", json!({"i64s": ["1", "-2"]})),
        ("parent.texts=a&parent.texts=b", json!({"parent": {"texts": ["a", "b"]}})),
        ("colors=RED&colors=-2&colors=1", json!({"colors": ["RED", "DARK_RED", "RED"]})),
        ("w_int64s=1&w_int64s=0", json!({"w_int64s": ["1", "0"]})),
        (
            "times=2030-01-01T00:00:00Z&times=2031-01-01T00:00:00Z",
            json!({"times": ["2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"]}),
        ),
        // Scalars.
        (
            "i32=-5&u32=5&s32=-6&f64=18446744073709551615",
            json!({"i32": -5, "u32": 5, "s32": -6, "f64": "18446744073709551615"}),
        ),
        (
            "i64=-9223372036854775808&u64=18446744073709551615",
            json!({"i64": "-9223372036854775808", "u64": "18446744073709551615"}),
        ),
        ("single=1.5&real=-2.5e-3", json!({"single": 1.5, "real": -0.0025})),
        ("real=NaN&single=Infinity", json!({"real": "NaN", "single": "Infinity"})),
        ("real=-Infinity", json!({"real": "-Infinity"})),
        ("yes=true", json!({"yes": true})),
        ("yes=false", json!({})),
        ("maybe=0", json!({"maybe": 0})),
        ("raw=_-8", json!({"raw": "/+8="})),
        ("raw=%2F%2B8%3D", json!({"raw": "/+8="})),
        ("color=RED", json!({"color": "RED"})),
        ("color=-2", json!({"color": "DARK_RED"})),
        // Well-known types as they are written in JSON.
        ("at=2030-01-01T01:00:00.5%2B01:00", json!({"at": "2030-01-01T00:00:00.500Z"})),
        ("length=1.5s", json!({"length": "1.500s"})),
        ("length=-3s", json!({"length": "-3s"})),
        ("mask=text,parent.wInt32,json_value", json!({"mask": "text,parent.wInt32,jsonValue"})),
        ("mask=", json!({"mask": ""})),
        ("w_bool=false&w_string=&w_bytes=aGk", json!({"w_bool": false, "w_string": "", "w_bytes": "aGk="})),
        ("w_double=0&w_float=NaN", json!({"w_double": 0.0, "w_float": "NaN"})),
        ("w_uint32=7&w_uint64=8", json!({"w_uint32": 7, "w_uint64": "8"})),
        ("w_string=a,b", json!({"w_string": "a,b"})),
        // One of several.
        ("two=0", json!({"two": 0})),
        ("three.three.one=a", json!({"three": {"three": {"one": "a"}}})),
        ("three.name=a&three.text=b", json!({"three": {"name": "a", "text": "b"}})),
        ("none=NULL_VALUE", json!({"none": null})),
        ("name=%00", json!({"name": "\0"})),
        ("picture.content_type=a/b", json!({"picture": {"content_type": "a/b"}})),
    ];
    for (query, message) in cases {
        // A path without a variable: all is in the query.
        becomes("GET", &format!("/v1/rules/best?{query}"), "", "Get", message);
    }
}

#[test]
fn parameters_that_are_none_are_named_all_at_once() {
    let cases: [(&str, &[&str]); 32] = [
        ("nothing=1", &["nothing"]),
        ("nothing=1&text.x=2&parent.nothing=3", &["nothing", "text.x", "parent.nothing"]),
        ("parent=a", &["parent"]),
        ("parents=a", &["parents"]),
        ("parents.name=a", &["parents.name"]),
        ("labels=a", &["labels"]),
        ("labels.a=b", &["labels.a"]),
        ("labels[a]=b", &["labels[a]"]),
        ("texts[0]=a", &["texts[0]"]),
        ("json_object=%7B%7D", &["json_object"]),
        ("json_value=1", &["json_value"]),
        ("any=x", &["any"]),
        ("at.seconds=5&w_int32.value=5&any.type_url=x", &["at.seconds", "w_int32.value", "any.type_url"]),
        ("empty=x", &["empty"]),
        ("i32=2147483648&u32=-1&i64=9223372036854775808&u64=-1", &["i32", "u32", "i64", "u64"]),
        ("i32=1.5&i64=1e3&u32=%2B5&u64=0x5", &["i32", "i64", "u32", "u64"]),
        ("i32=&i64=%201&single=1e39&real=1e309", &["i32", "i64", "single", "real"]),
        ("single=inf&real=nan", &["single", "real"]),
        ("real=infinity&single=%2B1", &["real", "single"]),
        ("yes=1&w_bool=TRUE", &["yes", "w_bool"]),
        ("color=PINK&colors=7", &["color", "colors"]),
        ("color=red", &["color"]),
        ("raw=*&w_bytes=a", &["raw", "w_bytes"]),
        ("at=2030-01-01&length=5&mask=a..b", &["at", "length", "mask"]),
        ("at=0000-01-01T00:00:00Z&length=315576000001s", &["at", "length"]),
        ("text=a&text=b", &["text"]),
        ("w_int32=1&wInt32=2", &["wInt32"]),
        ("parent.name=1&parent.name=2", &["parent.name"]),
        ("one=a&two=1", &["two"]),
        ("three.name=a&one=b", &["one"]),
        ("text=%ff&%ff=a", &["text", "%ff"]),
        ("=a", &[""]),
    ];
    for (query, names) in cases {
        refused("GET", &format!("/v1/rules/best?{query}"), "", 400, names);
    }
}

#[test]
fn what_the_path_fills_is_not_in_the_query() {
    refused("GET", "/v1/rules/a?name=b", "", 400, &["name"]);
    refused("GET", "/v1/houses/7/rules/a?parent.name=houses/8", "", 400, &["parent.name"]);
    becomes(
        "GET",
        "/v1/houses/7/rules/a?parent.text=t",
        "",
        "Get",
        json!({"name": "a", "parent": {"name": "houses/7", "text": "t"}}),
    );
}
