// A small widget: a button that counts in a trait, and a field whose text the kernel turns round.
function render({ model, el }) {
    el.classList.add("counter");
    el.dataset.lmSuppressShortcuts = "true";
    const button = document.createElement("button");
    const show = () => { button.textContent = `count is ${model.get("count")}`; };
    button.onclick = () => {
        model.set("count", model.get("count") + 1);
        model.save_changes();
    };
    const field = document.createElement("input");
    field.setAttribute("aria-label", "text to turn round");
    const answer = document.createElement("output");
    field.onkeydown = (event) => {
        if (event.key === "Enter") model.send({ kind: "turn", text: field.value });
    };
    const take = (message) => { answer.textContent = message.text; };
    model.on("change:count", show);
    model.on("msg:custom", take);
    show();
    el.append(button, field, answer);
    return () => {
        model.off("change:count", show);
        model.off("msg:custom", take);
    };
}
export default { render };
