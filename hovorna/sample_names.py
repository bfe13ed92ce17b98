"""Names, firms and sentences that the sample company is made of."""

# Czech surnames: of a man, of a woman.
SURNAMES = (
    ("Novák", "Nováková"), ("Svoboda", "Svobodová"), ("Novotný", "Novotná"),
    ("Dvořák", "Dvořáková"), ("Černý", "Černá"), ("Procházka", "Procházková"),
    ("Kučera", "Kučerová"), ("Veselý", "Veselá"), ("Horák", "Horáková"),
    ("Němec", "Němcová"), ("Pokorný", "Pokorná"), ("Marek", "Marková"),
    ("Pospíšil", "Pospíšilová"), ("Hájek", "Hájková"), ("Jelínek", "Jelínková"),
    ("Král", "Králová"), ("Růžička", "Růžičková"), ("Beneš", "Benešová"),
    ("Fiala", "Fialová"), ("Sedláček", "Sedláčková"), ("Doležal", "Doležalová"),
    ("Zeman", "Zemanová"), ("Kolář", "Kolářová"), ("Navrátil", "Navrátilová"),
    ("Čermák", "Čermáková"), ("Vaněk", "Vaňková"), ("Urban", "Urbanová"),
    ("Kříž", "Křížová"), ("Šimek", "Šimková"), ("Říha", "Říhová"),
)  # fmt: skip
MEN = (
    "Jiří", "Jan", "Petr", "Pavel", "Martin", "Tomáš", "Jaroslav", "Miroslav", "Zdeněk",
    "Václav", "Michal", "František", "Jakub", "Ondřej", "Lukáš", "Vojtěch", "Štěpán", "Radek",
)  # fmt: skip
WOMEN = (
    "Jana", "Marie", "Eva", "Hana", "Anna", "Lenka", "Kateřina", "Lucie", "Věra", "Alena",
    "Petra", "Veronika", "Tereza", "Zuzana", "Markéta", "Šárka", "Žaneta", "Dagmar",
)  # fmt: skip
ENGLISH_FIRST = (
    "Oliver", "Amelia", "George", "Isla", "Harry", "Grace", "Daniel", "Charlotte", "Edward",
    "Sophie", "Thomas", "Hannah", "William", "Megan", "Robert", "Alice",
)  # fmt: skip
ENGLISH_LAST = (
    "Smith", "Taylor", "Walker", "Hughes", "Bennett", "Fletcher", "Morgan", "Palmer", "Reid",
    "Shaw", "Thornton", "Whitfield", "Young", "Harding", "Clarke", "O'Brien",
)  # fmt: skip
FIRMS = (
    "Pekárna U Lípy", "Stavby Horák s.r.o.", "Truhlářství Beneš", "Květiny Růžičková",
    "Autoservis Na Rohu", "Zubní ordinace Šimková", "Účetní kancelář Fiala", "Tiskárna Modrý lev",
    "Elektro Kolář a syn", "Penzion Pod Skalou", "Lékárna U Anděla", "Zahradnictví Jelínek",
    "Kovovýroba Říha s.r.o.", "Restaurace Na Růžku", "Instalatérství Vaněk", "Optika Zelený strom",
    "Dopravní společnost Kříž a.s.", "Mlékárna Pod Horou", "Papírnictví Sova",
    "Cykloservis Rychlík",
    "Jazyková škola Slovo", "Realitní kancelář Domov", "Vinařství Pod Pálavou", "Sklárna Čermák",
    "Fitness Pohyb", "Cestovní agentura Poutník", "Veterina Šťastná tlapka", "Kavárna Kopretina",
    "Strojírna Doležal a.s.", "Nábytek Sedláček", "Hodinářství Král", "Pivovar U Tří dubů",
    "Okna Navrátil s.r.o.", "Knihkupectví Kolibřík", "Lesy Beskydy s.r.o.", "Hotel Zlatý klas",
    "Malíř pokojů Zeman", "Solární systémy Urban", "Pila Šumava s.r.o.", "Včelařství Medová louka",
    "Brightwater Consulting Ltd", "Harrow & Finch Solicitors", "Northgate Logistics Ltd",
    "Oakfield Primary School", "The Copper Kettle", "Redwood Design Studio", "Bluebell Nurseries",
    "Kingsway Dental Practice", "Morgan Freight Ltd", "Alder Street Gallery", "Pinecrest Hotel",
    "Fairview Architects LLP", "Silverline Cycles", "Thistle Software Ltd", "Harbour View Café",
    "Whitmore Print Works", "Greenlane Foods Ltd", "Beacon Training Centre", "Castle Road Garage",
    "Lakeside Vets",
)  # fmt: skip
POSITIONS = ("jednatel", "nákupčí", "asistentka", "účetní", "vedoucí provozu", "Office manager")
SUBJECTS = (
    "Poptávka telefonní ústředny", "Nabídka pro pobočku v Brně", "Servis dveřního telefonu",
    "Nové přípojky pro sklad", "Přechod od stávajícího operátora", "Hlasová pošta a hlásky",
    "Sluchátka pro zákaznickou linku", "Enquiry about ten desk phones", "Quote for a second line",
    "Moving offices in spring", "Call recording for the front desk", "Demo next week",
)  # fmt: skip
NOTES = (
    "Chce cenovou nabídku do pátku, nejlépe e-mailem.",
    "Spokojen, příští rok chtějí rozšířit o další pobočku.",
    "Volat až po 14. hodině, dopoledne je na stavbě.",
    "Rozhoduje pan jednatel, ten se vrátí z dovolené příští týden.",
    "Faktura má přijít na novou adresu, poslala ji e-mailem.",
    "Ptal se na přenos čísla. Vysvětleno, trvá obvykle deset dní.",
    "Reklamace vyřízena, technik byl na místě ve středu.",
    "Domluvena schůzka u nich, vzít s sebou dva vzorové přístroje.",
    "Prefers to be called on the mobile, the office line is shared.",
    "Asked for references from companies of a similar size.",
    "Will decide after their board meeting at the end of the month.",
    "Contract signed. Installation in the second week.",
    "Wants the quote in English and in euros.",
    "The headset problem was a loose cable; solved on the phone.",
)  # fmt: skip
