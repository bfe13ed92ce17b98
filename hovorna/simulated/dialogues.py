"""What simulated clients and employees say to each other. The employee speaks first."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialogue:
    """`lines` alternate: employee, client, employee, ... `language`: of espeak-ng's voices."""

    name: str
    language: str
    lines: tuple[str, ...]


DIALOGUES = (
    Dialogue(
        "nabidka",
        "cs",
        (
            "Dobrý den, tady obchodní oddělení, jak vám mohu pomoci?",
            "Dobrý den, viděl jsem vaši nabídku a chtěl bych se zeptat na cenu.",
            "Samozřejmě. O kolik kusů byste měl zájem?",
            "Zatím asi dvacet, ale příští měsíc jich bude určitě víc.",
            "Rozumím. Pošlu vám nabídku ještě dnes odpoledne e-mailem.",
            "To je skvělé, děkuji vám. Na shledanou.",
            "Děkuji za zavolání, na shledanou.",
        ),
    ),
    Dialogue(
        "dodavka",
        "cs",
        (
            "Zákaznická podpora, dobrý den.",
            "Dobrý den, čekám na zásilku a už tu měla být včera.",
            "To mě mrzí. Řeknete mi prosím číslo objednávky?",
            "Ano, je to čtyři sedm dva jedna.",
            "Děkuji. Vidím, že kurýr přijede zítra mezi devátou a jedenáctou.",
            "Dobře, to mi vyhovuje. Děkuju.",
            "Není zač, přeji hezký den.",
        ),
    ),
    Dialogue(
        "schuzka",
        "cs",
        (
            "Dobrý den, u telefonu recepce.",
            "Dobrý den, rád bych si domluvil schůzku s někým z obchodu.",
            "Ve středu v deset hodin má volno kolega. Hodilo by se vám to?",
            "Ve středu bohužel nemohu. Šlo by to ve čtvrtek odpoledne?",
            "Čtvrtek ve dvě hodiny je volný, zapíšu vás.",
            "Výborně, budu tam. Na shledanou.",
            "Budeme se těšit, na shledanou.",
        ),
    ),
    Dialogue(
        "quote",
        "en",
        (
            "Good morning, sales department, how can I help you?",
            "Hello, I am calling about the quote you sent me last week.",
            "Let me find it. Is it the one for fifty licences?",
            "Yes, exactly. Could you give us a better price for two years?",
            "I can offer you ten percent. Shall I send you a new quote?",
            "Please do, and I will sign it today. Goodbye.",
            "Thank you very much, goodbye.",
        ),
    ),
    Dialogue(
        "invoice",
        "en",
        (
            "Good afternoon, this is customer care.",
            "Hi, there seems to be a mistake on our last invoice.",
            "I am sorry about that. What is the number, please?",
            "It is two zero two six, zero one seven.",
            "I can see it. The discount is missing, we will send you a corrected one.",
            "Perfect, thanks for your help.",
            "You are welcome, have a nice day.",
        ),
    ),
    Dialogue(
        "repair",
        "en",
        (
            "Service desk, good morning.",
            "Good morning, our machine stopped working an hour ago.",
            "Is there a message on its display?",
            "Yes, it says error twelve.",
            "That is the filter. A technician can be with you at three o'clock.",
            "Three o'clock is fine, thank you.",
            "See you then, goodbye.",
        ),
    ),
)
