// The card form's side of the messages that README.md describes.
"use strict";
(() => {
    const asked = new URLSearchParams(location.search);
    const german = {
        number: "Kartennummer", expiry: "Gültig bis (MM / JJ)", cvc: "Prüfziffer",
        invalid_number: "Die Kartennummer ist ungültig.", incorrect_number: "Die Kartennummer stimmt nicht.",
        invalid_expiry_month: "Der Monat des Ablaufs ist ungültig.", invalid_expiry_year: "Das Jahr des Ablaufs ist ungültig.",
        invalid_cvc: "Die Prüfziffer ist ungültig.",
        card_declined: "Hier gelten nur Testkarten, etwa 4242 4242 4242 4242.",
        unreachable: "Der Zahlungsdienst ist nicht erreichbar. Versuchen Sie es noch einmal.",
    };
    const words = asked.get("lang") === "de" ? german : {};
    const inputs = { number: "number", exp_month: "expiry", exp_year: "expiry", cvc: "cvc" };
    const input = (name) => document.getElementById(name);
    const wrong = document.getElementById("wrong");
    const tell = (message) => parent.postMessage({ usher: "card-form", ...message }, "*");

    document.documentElement.lang = asked.get("lang") === "de" ? "de" : "en";
    document.documentElement.classList.toggle("dark", asked.get("theme") === "dark");
    for (const label of document.querySelectorAll("[data-word]")) {
        label.textContent = words[label.dataset.word] ?? label.textContent;
    }

    const grouped = (digits) => digits.replace(/\D/g, "").slice(0, 19).replace(/(.{4})(?=.)/g, "$1 ");
    input("number").addEventListener("input", ({ target }) => { target.value = grouped(target.value); });
    input("expiry").addEventListener("input", ({ target, inputType }) => {
        const digits = target.value.replace(/\D/g, "").slice(0, 4);
        const done = digits.length > 2 || (digits.length === 2 && !inputType?.startsWith("delete"));
        target.value = done ? `${digits.slice(0, 2)} / ${digits.slice(2)}` : digits;
    });

    function complain(error) {
        const name = inputs[error.param];
        for (const field of ["number", "expiry", "cvc"]) input(field).setAttribute("aria-invalid", String(field === name));
        wrong.textContent = words[error.code] ?? error.message;
        if (name) input(name).focus();
        return { code: error.code, param: error.param, message: wrong.textContent };
    }

    async function tokenize(id) {
        const [month = "", year = ""] = input("expiry").value.split("/").map((part) => part.trim());
        const card = { number: input("number").value, exp_month: month || "0", exp_year: year || "-", cvc: input("cvc").value };
        const body = new URLSearchParams(Object.entries(card).map(([name, value]) => [name, value || "-"]));
        try {
            const response = await fetch("/sandbox/card-form", { method: "POST", body });
            const answer = await response.json();
            if (!response.ok) return tell({ tokenize: id, error: complain(answer.error) });
            wrong.textContent = "";
            for (const field of ["number", "expiry", "cvc"]) input(field).removeAttribute("aria-invalid");
            return tell({ tokenize: id, payment_method: answer.payment_method });
        } catch {
            return tell({ tokenize: id, error: complain({ code: "unreachable", message: "The payment provider can't be reached. Try again." }) });
        }
    }

    addEventListener("message", ({ source, data }) => {
        if (source === parent && data?.usher === "card-form" && data.tokenize) tokenize(data.tokenize);
    });
    document.getElementById("card").addEventListener("submit", (event) => {
        event.preventDefault();
        tell({ submit: true });
    });
    const height = () => tell({ ready: true, height: Math.ceil(document.querySelector("main").getBoundingClientRect().height) + 6 });
    new ResizeObserver(height).observe(document.querySelector("main"));
    height();
})();
