//! Chat templates: prompts as the template language's first implementation renders them, system messages that a template
//! doesn't take, and hostile templates that must end.

use std::time::{Duration, Instant};

use guildhall::engine::text::{Chat, ChatTemplate, Surroundings, TextError, plain_prompt};
use serde_json::Value;

const HERE: Surroundings<'static> = Surroundings { begin: "<s>", end: "</s>", today: Some((2026, 11, 3)) };
const CHAT: Chat<'static> = Chat { system: Some("S"), turns: &[("user", "U")] };

fn render(source: &str) -> Result<String, TextError> {
    ChatTemplate::new(source)?.render(&CHAT, &HERE)
}

#[test]
fn prompts_are_those_of_jinja() {
    let fixture = include_str!("data/templates.json");
    let fixture: Value = serde_json::from_str(fixture).unwrap();
    for row in fixture.as_array().unwrap() {
        let template = ChatTemplate::new(row["source"].as_str().unwrap()).unwrap();
        for case in row["cases"].as_array().unwrap() {
            let chat = Chat { system: case["system"].as_str(), turns: &[("user", case["user"].as_str().unwrap())] };
            let prompt = template.render(&chat, &HERE).unwrap();
            assert_eq!(prompt, case["expected"].as_str().unwrap(), "{}", row["name"]);
        }
    }
}

#[test]
fn a_system_message_that_is_not_taken_goes_before_the_user_s() {
    let dropped = "{% for m in messages if m.role == 'user' %}[{{ m.content }}]{% endfor %}";
    assert_eq!(render(dropped).unwrap(), "[S\nU]");
    let refused =
        "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}[{{ messages[0].content }}]";
    assert_eq!(render(refused).unwrap(), "[S\nU]");
}

#[test]
fn a_refusal_is_told_in_the_template_s_words() {
    assert_eq!(render("{{ raise_exception('not today') }}"), Err(TextError::Refused("not today".to_owned())));
    assert!(matches!(render("{{ messages[0]['content'].nothing() }}"), Err(TextError::Template(_))));
    assert!(matches!(render("{% for %}"), Err(TextError::BadTemplate(_))));
    assert!(matches!(ChatTemplate::new(&"x".repeat(300_000)), Err(TextError::BadTemplate(_))));
}

#[test]
fn the_date_is_an_argument() {
    let source = "{{ strftime_now('%Y-%m-%d') if strftime_now is defined else 'none' }}{{ messages[-1].content }}";
    let template = ChatTemplate::new(source).unwrap();
    let chat = Chat { system: None, turns: &[("user", "U")] };
    assert_eq!(template.render(&chat, &HERE).unwrap(), "2026-11-03U");
    assert_eq!(template.render(&chat, &Surroundings::default()).unwrap(), "noneU");
}

#[test]
fn templates_are_found_in_a_configuration() {
    let one = r#"{"chat_template": "A{{ messages[-1].content }}"}"#;
    let named = r#"{"chat_template": [{"name": "tool_use", "template": "T"}, {"name": "default", "template": "B"}]}"#;
    assert_eq!(ChatTemplate::from_config(one).unwrap().render(&CHAT, &HERE).unwrap(), "AS\nU");
    assert_eq!(ChatTemplate::from_config(named).unwrap().render(&CHAT, &HERE).unwrap(), "B");
    assert_eq!(ChatTemplate::from_config("{}"), Err(TextError::NoTemplate));
    assert_eq!(plain_prompt(&CHAT), "S\n\nU");
}

/// Loops, recursion and strings that would grow without end.
const HOSTILE: [&str; 24] = [
    "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
    "{% for a in range(10000000000) %}{% endfor %}",
    "{% for a in range(99999) %}{{ 'x' * 1000 }}{% endfor %}",
    "{% macro f(x) %}{{ f(x ~ x) }}{% endmacro %}{{ f('x' * 1000) }}",
    "{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}",
    "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
    "{% for x in [[1]] recursive %}{{ loop([x, x]) }}{% endfor %}",
    "{% set ns = namespace(s='xxxxxxxx') %}{% for a in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
    "{% set ns = namespace(s='xxxxxxxx') %}{% for a in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
    "{% set ns = namespace(s=[1]) %}{% for a in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}{{ ns.s }}",
    "{% set ns = namespace(s=[1]) %}{% for a in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s | tojson }}",
    "{% set ns = namespace(s=[1]) %}{% for a in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}",
    "{% set ns = namespace(s=[1]) %}{% for a in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s == ns.s }}{{ ns.s ~ '' }}",
    "{{ 'x' * 99999999999 }}",
    "{{ ('x' * 90000000) | length }}",
    "{{ ('x' * 1000000).replace('x', 'y' * 1000000) }}",
    "{{ ''.join(['x' * 1000000] * 1000000) }}",
    "{{ (['x' * 1000000] * 1000000) | join }}",
    "{{ ([1] * 100000000).count(1) }}",
    "{{ '%999999999d' | format(1) }}{{ '{:>999999999}'.format(1) }}{{ 'x' | indent(999999999) }}{{ 'x' | center(999999999) }}",
    "{% set x %}{% for a in range(99999) %}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}{% endset %}{% set y %}{% for a in range(99999) %}{{ x }}{% endfor %}{% endset %}",
    "{{ 9 ** 9 ** 9 ** 9 }}",
    "{% set l = [1] * 99999999 %}{{ l + l + l + l + l + l + l + l + l + l + l + l + l + l + l + l + l + l + l + l + l + l + l + l + l + l + l + l + l + l + l + l + l + l }}",
    "{% set ns = namespace(s=[1]) %}{% for a in range(16) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{% for a in range(99999) %}{{ [ns.s, ns.s] | unique | length }}{% endfor %}",
];

#[test]
fn hostile_templates_end_with_an_error() {
    // On a small stack, as a worker's is.
    let worker = std::thread::Builder::new().stack_size(2 << 20).spawn(|| {
        for source in HOSTILE {
            let started = Instant::now();
            let rendered = render(source);
            assert!(rendered.is_err(), "{source}: {} bytes", rendered.map_or(0, |prompt| prompt.len()));
            assert!(started.elapsed() < Duration::from_secs(20), "{source}: {:?}", started.elapsed());
        }
        let deep = format!("{{{{ {}1{} }}}}", "(".repeat(50_000), ")".repeat(50_000));
        assert!(render(&deep).is_err());
        let nested = "{% if true %}".repeat(10_000);
        assert!(render(&nested).is_err());
        let long = format!("{{% for a in range(9999) %}}{}{{% endfor %}}", "long text ".repeat(50));
        assert_eq!(render(&long), Err(TextError::TemplateLimit("4 MiB of text")));
        assert_eq!(render(HOSTILE[0]), Err(TextError::TemplateLimit("half a million steps")));
        assert_eq!(render(HOSTILE[4]), Err(TextError::TemplateLimit("60 calls inside one another")));
    });
    worker.unwrap().join().unwrap();
}
