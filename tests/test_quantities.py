"""Quantities, prices and volumes that buyers state: what counts as wanted, and what only looks like it."""

import pandas as pd
import pytest

from inquiry_intent.signals.catalogue import shipped_catalogue
from inquiry_intent.signals.finding import find_signals
from inquiry_intent.signals.quantities import find_quantities

RATES = {"EUR": 1.1, "RUB": 0.011}


def stated(text: str, *kinds: str) -> list[tuple[float, str]]:
    """The values and units of some kinds that a text states."""
    found = find_quantities(pd.DataFrame({"message_id": ["a"], "text": [text]}), RATES)
    of_kinds = found[found["kind"].isin(kinds)]
    return list(zip(of_kinds["value"].tolist(), of_kinds["unit"].tolist(), strict=True))


@pytest.mark.parametrize(
    ("text", "quantities"),
    [
        # a letter that a word goes on with is no unit
        ("We'd want 1,200 t-shirts and 300 t shirts in navy.", [(1200, "piece"), (300, "piece")]),
        ("Necesitamos 80 T-bolts", [(80, "piece")]),
        ("We want 20 t of rice", [(20, "tonne")]),
        ("نحتاج 30 طنا", [(30, "tonne")]),
        ("need 60 quantity, and 1 qty of the small one", [(60, "piece"), (1, "piece")]),
        ("Line 2 Quantity: 500", [(500, "piece")]),
        # who tells what he sells may want some all the same
        ("We sell ladders and plan 300 pcs for the first shipment", [(300, "piece")]),
        ("We sell cups on Amazon and could you supply 2000 pcs to us", [(2000, "piece")]),
        ("We are selling games in Peru (300 pcs for the start)", [(300, "piece")]),
        ("We sell scooters - 200 pcs please", [(200, "piece")]),
        ("Vendemos bolsos en Chile y buscamos 600 pares", [(600, "pair")]),
        ("Nous vendons du thé et voudrions 3000 boîtes", [(3000, "box")]),
        ("мы продаем обувь и хотим 400 штук", [(400, "piece")]),
        # what an order contains is wanted
        ("El pedido contiene 500 piezas", [(500, "piece")]),
        ("Notre commande contient 450 pièces", [(450, "piece")]),
        # forms and sheets print whole numbers so
        ("Quantity: 5.0 pcs", [(5, "piece")]),
        ("We need 5.0 boxes", [(5, "box")]),
        # a temperature and a version are no numbers of goods
        ("The film must take 200 °C and -40°F", []),
        ("Le joint doit prendre 180 °C", []),
        ("the 3.0 blind box and the 2.0 bag", []),
        # labels of forms
        ("Bestellmenge: 1.800", [(1800, "piece")]),
        ("Qtde. de peças: 900", [(900, "piece")]),
        ("Cant. 650", [(650, "piece")]),
        ("Quantité souhaitée : 4 200", [(4200, "piece")]),
        ("Кол-во: 1 500", [(1500, "piece")]),
        ("الكمية: 3,000", [(3000, "piece")]),
        ("采购数量：约3500", [(3500, "piece")]),
        ("Order qty (pcs): 2000", [(2000, "piece")]),
        ("Quantity\n2000", [(2000, "piece")]),
        ("Quantity per carton: 40", []),
        ("Minimum quantity: 400", []),
        # a property counts until the next number or comma, and measures only
        ("Gewicht 300 g, Länge 2 m, 640 Stück", [(640, "piece")]),
        ("size L 40 pcs, size M 70 pcs", [(40, "piece"), (70, "piece")]),
        ("Толщина 3 мм, 90 тонн", [(90, "tonne")]),
        ("重量3公斤，700件", [(700, "piece")]),
        ("each box holds 24 pcs", []),
        ("need it with a weight of 24 kg", []),
        # names, ids and types
        ("Where is our order 7720?", []),
        ("¿Dónde está mi pedido n.º 55012300?", []),
        ("Where is my order, tracking for 55012345?", []),
        ("Нужна модель 4000", []),
        ("Need a compressor for Volvo 240", []),
        ("need bearings 6205", []),
        ("need 6205 bearings", []),
        ("Looking for an 8K display", []),
        ("We need delivery to 900 Long Street", []),
        ("I want to order 25000 masks", [(25000, "piece")]),
        ("MOQ is 300 pcs, we need 2,000", [(2000, "piece")]),
        ("Il nous faut 700 parapluies", [(700, "piece")]),
        ("quiero 80", [(80, "piece")]),
        # two numbers are not one
        ("Schrauben M10 300 Stk", [(300, "piece")]),
        ("болты М10 300 шт", [(300, "piece")]),
        ("尺寸20*300，800个", [(800, "piece")]),
        ("要10，000个", [(10000, "piece")]),
        # prices are no quantities
        ("we'd pay 12.50 per pair", []),
        ("12,50 par pièce", []),
        ("500+ units", [(500, "piece")]),
        ("2 millones de tapas", [(2_000_000, "piece")]),
        ("2 millones de clientes", []),
        # capacity of a machine, content of a pack
        ("We need a 3 ton forklift", []),
        ("Wir suchen einen 12 Tonnen Kran", []),
        ("нужен погрузчик на 3 тонны", []),
        ("need 25 kg bags", []),
        ("precisamos de sacos de 25 kg", []),
        ("Wir brauchen 20 Tonnen Reis in 25-kg-Säcken", [(20, "tonne")]),
        ("need 1000 lbs of coffee", [(1000, "pound")]),
        ("Нужно 18 тонн муки в мешках на паллетах", [(18, "tonne")]),
        ("в мешке 50 кг, 40 кг в коробке", []),
        ("Queremos 900 metros de lona, largura 3,20 m", [(900, "metre")]),
        ("Wir brauchen 700 m Stoff, Breite 1,40 m", [(700, "metre")]),
        ("Il nous faut 650 m de tissu, laize 1,50 m", [(650, "metre")]),
        ("Bitte Preis für 3 20er Container", [(3, "container")]),
        ("Wir nehmen einen 40er-Container", [(1, "container")]),
        # containers and their sizes
        ("Queremos un contenedor de 20 pies", [(1, "container")]),
        ("ein 40-Fuß-Container Laminat", [(1, "container")]),
        ("Нужно 2 контейнера 40 футов", [(2, "container")]),
        ("please quote a price for 40HQ", [(1, "container")]),
        ("can 20ft container be loaded with two colours?", []),
        ("How many cartons fit in a 20ft container?", []),
        # not wanted, past, or another's
        ("We don't want 2000 pcs, only 300 pcs", [(300, "piece")]),
        ("wir brauchen keine 2000 Stück", []),
        ("нам не нужно 2000 шт", []),
        ("our previous order was 1500 pcs; this time 2500 pcs", [(2500, "piece")]),
        ("上次订了900个", []),
        ("You offered 1,000 pcs, we take 400 pcs", [(400, "piece")]),
        ("I need your offer for 2000 units", [(2000, "piece")]),
        ("Can your factory produce 5000 pcs per day?", []),
        ("We need 500 pcs per day", [(500, "piece")]),
        ("Is 300 pcs your MOQ?", []),
        ("vocês nos ofereceram 700 unidades do modelo antigo", []),
        ("not less than 500 pcs", [(500, "piece")]),
        ("Mein Kunde verlangt acht Paletten.", [(8, "pallet")]),
        ("第二个问题", []),
        ("两个仓库", []),
        # a word, not a currency
        ("We want to try 80 pcs before the season", [(80, "piece")]),
        ("Happy to try 2500 at first", [(2500, "piece")]),
        # containers that are vessels, and those that are shipped
        ("Looking for 6 lunch containers with lids", [(6, "piece")]),
        ("Necesito 4 contenedores de reciclaje para la oficina", [(4, "piece")]),
        ("Queria 3 contentores para alimentos", [(3, "piece")]),
        ("Il me faut 2 conteneurs poubelle", [(2, "piece")]),
        ("Wir brauchen 5 Container für Altglas", [(5, "piece")]),
        ("Нужно 8 контейнеров для продуктов", [(8, "piece")]),
        ("نريد 20 حاوية نفايات", [(20, "piece")]),
        ("我们要4个小柜子", [(4, "piece")]),
        ("We want 2 container offices", [(2, "piece")]),
        ("We need 900 containers, 500 ml, clear", [(900, "piece")]),
        ("We need 3 containers of plastic chairs", [(3, "container")]),
        ("Necesitamos 2 contenedores de vasos de plástico", [(2, "container")]),
        ("We want 2 containers plastic chairs", [(2, "container")]),
        # their size in words, and the Arabic dual
        ("Нужно 4 сорокафутовых контейнера мебели", [(4, "container")]),
        ("We order three twenty-foot containers", [(3, "container")]),
        ("Wir nehmen zwei Vierzigfuß-Container", [(2, "container")]),
        ("نطلب حاويتين من الأثاث", [(2, "container")]),
        ("نرغب بحاويتين 20 قدم", [(2, "container")]),
        ("نحتاج طنين من السكر", [(2, "tonne")]),
        # goods named like packs, and packs of goods
        ("We need 3000 laptop bags", [(3000, "piece")]),
        ("Quote 700 box cutters", [(700, "piece")]),
        ("I need one spare drum kit", [(1, "piece")]),
        ("Quiero 600 cajas de herramientas", [(600, "piece")]),
        ("Queremos 900 garrafas térmicas", [(900, "piece")]),
        ("Il nous faut 800 sacs à dos", [(800, "piece")]),
        ("Wir brauchen 900 Flaschen aus Kunststoff", [(900, "piece")]),
        ("Нужно 900 мешков из джута", [(900, "piece")]),
        ("نحتاج 900 كيس قماشي", [(900, "piece")]),
        ("We need 300 large bags of flour", [(300, "bag")]),
        ("We need 40 master cartons", [(40, "carton")]),
        ("Necesitamos 600 botellas de aceite", [(600, "bottle")]),
        # what a pack holds
        ("Please put 30 per carton", []),
        ("Bitte 15 pro Karton", []),
        ("Quiero 15 por caja", []),
        ("Quero 15 por saco", []),
        ("Il en faut 15 par sachet", []),
        ("Нужно по 15 в коробке", []),
        ("نريد 15 لكل كرتون", []),
        ("我们要每箱15个", []),
        ("Il nous en faut 350 par semaine", [(350, "piece")]),
        ("Quiero 60 par de botas", [(60, "pair")]),
        # what the writer sells
        ("Our shops sell 250 kettles each month", []),
        ("Unsere Filialen verkaufen 250 Stück im Monat", []),
        ("Vendemos 250 cafeteras cada mes", []),
        ("Vendemos 250 chaleiras por mês", []),
        ("Nous vendons 250 bouilloires par mois", []),
        ("Мы продаём 250 чайников в месяц", []),
        ("نبيع 250 غلاية كل شهر", []),
        ("我们每个月卖250台", []),
        ("We sell 250 kettles a month and want 900", [(900, "piece")]),
        ("We sold 250 last year, now we want 900 pcs", [(900, "piece")]),
        ("We sell online: 250 pcs to start", [(250, "piece")]),
        ("Verkaufen Sie auch 250 Stück?", [(250, "piece")]),
        ("你们卖250个吗", [(250, "piece")]),
        ("نحن نبيع الأثاث ونحتاج 250 كرسي", [(250, "piece")]),
        # goods without a unit right behind a word that asks
        ("We'd like 750 umbrellas", [(750, "piece")]),
        ("Could you deliver 750 umbrellas?", [(750, "piece")]),
        ("Buscamos 750 paraguas", [(750, "piece")]),
        ("Quisiéramos 750 paraguas", [(750, "piece")]),
        ("Gostaria de 750 guarda-chuvas", [(750, "piece")]),
        ("Nous voudrions 750 parapluies", [(750, "piece")]),
        ("Bitte um Angebot über 750 Schirme", [(750, "piece")]),
        ("Wir haben Bedarf an 750 Schirmen", [(750, "piece")]),
        ("Ищу 750 зонтов", [(750, "piece")]),
        ("Просим рассчитать 750 зонтов", [(750, "piece")]),
        ("نود شراء 750 مظلة", [(750, "piece")]),
        ("نبحث عن 750 مظلة", [(750, "piece")]),
        ("We would like to see 400 references", []),
        ("Ihr Angebot 750 ist zu hoch", []),
        ("Can you make 3 designs?", []),
        # the parts of a code, and names in a list, share no unit; amounts do
        ("Kindly quote urea, CAS 57-13-6, 40 tons", [(40, "tonne")]),
        ("Cotización de cloruro de calcio CAS 10043-52-4, 25 toneladas", [(25, "tonne")]),
        ("Precisamos de ureia, CAS 57-13-6, 27 toneladas", [(27, "tonne")]),
        ("Prix de l'acide borique, CAS 10043-35-3, 23 tonnes", [(23, "tonne")]),
        ("Borsäure (CAS 10043-35-3), 24 t", [(24, "tonne")]),
        ("Нужен карбамид, CAS 57-13-6, 40 тонн", [(40, "tonne")]),
        ("نريد يوريا CAS 57-13-6، 40 طن", [(40, "tonne")]),
        ("尿素 CAS 57-13-6,40吨", [(40, "tonne")]),
        ("Rillenkugellager 6003, 6004, 150 Stück", [(150, "piece")]),
        ("rolamentos 6003, 6004, 150 peças", [(150, "piece")]),
        ("Подшипник 608, 1000 шт", [(1000, "piece")]),
        ("Tel. 555-0142, 30 pcs", [(30, "piece")]),
        ("since 12/01, 600 pcs", [(600, "piece")]),
        ("prices for 250, 1000 and 2,500 pcs", [(250, "piece"), (1000, "piece"), (2500, "piece")]),
        ("We need 800, 600 pcs of each", [(800, "piece"), (600, "piece")]),
        ("Precisamos de 30, 40, 25 toneladas", [(30, "tonne"), (40, "tonne"), (25, "tonne")]),
        ("Нужно 800, 600 шт", [(800, "piece"), (600, "piece")]),
        ("200-400 шт", [(200, "piece"), (400, "piece")]),
        ("Preise für 1000/500/200 Stück", [(1000, "piece"), (500, "piece"), (200, "piece")]),
        # w is watt before what takes power, else ten thousand
        ("要采购450W组件，谢谢", []),
        ("60W套装什么价", []),
        ("18W台灯，先拿300个", [(300, "piece")]),
        ("订6w套餐具", [(60_000, "set")]),
        ("买3w个灯泡", [(30_000, "piece")]),
        # abbreviations with a point or a stroke
        ("Нужно 2600 п.м ткани", [(2600, "metre")]),
        ("Требуется 700 п/м. бязи", [(700, "metre")]),
        ("Нужно 850 кв.м. ламината", [(850, "square_metre")]),
        ("we need 640 sq. ft of carpet", [(640, "square_foot")]),
        ("Wir brauchen 420 lfd. m Geländer", [(420, "metre")]),
        # power and energy are no pieces
        ("We need 5 MW of panels and 900 kWh of storage", [(5, "megawatt"), (900, "kilowatt_hour")]),
        ("Necesitamos 2,5 MWp de módulos", [(2.5, "megawatt")]),
        ("Precisamos de 3 MW em painéis", [(3, "megawatt")]),
        ("Il nous faut 1,4 MWc de panneaux", [(1.4, "megawatt")]),
        ("Wir brauchen 700 kWp Module", [(700, "kilowatt_peak")]),
        ("Нужно 6 МВт панелей и 800 кВт·ч накопителей", [(6, "megawatt"), (800, "kilowatt_hour")]),
        ("نحتاج 3 ميجاواط من الألواح", [(3, "megawatt")]),
        ("需要6兆瓦板子和800千瓦时储能", [(6, "megawatt"), (800, "kilowatt_hour")]),
        ("We need a 12 kW inverter; we want 30 batteries of 150 kWh", [(30, "piece")]),
        ("Нужен дизель-генератор 200 кВт", []),
        ("我们要8千瓦的电机", []),
        ("我们要70千克茶叶", [(70, "kilogram")]),
        # a sentence that begins with goods and how many, without a verb
        ("12 mil canecas com a nossa marca", [(12_000, "piece")]),
        ("40 tausend Etiketten, vierfarbig", [(40_000, "piece")]),
        ("35 тыс. стаканов с логотипом", [(35_000, "piece")]),
        ("18 mille gobelets imprimés", [(18_000, "piece")]),
        ("2.400 sillas plegables", [(2400, "piece")]),
        ("9 pompes 3 kW, au maximum 400 € pièce", [(9, "piece")]),
        ("9 насосов не дороже 400 долларов", [(9, "piece")]),
        ("3000 Bern", []),
        ("5,000 lumens and 120 rpm", []),
        ("10k is all we have", []),
        # a measure without one
        ("hi, 450 yards of twill", [(450, "yard")]),
        ("700 kg", [(700, "kilogram")]),
        ("350 litros, ¿precio?", [(350, "litre")]),
        ("Requerimos 260 metros de lona", [(260, "metre")]),
        ("灰色600米多少钱", [(600, "metre")]),
        ("hose 150 m, black", []),
        ("100米的水管有吗", []),
        ("16 panelões de 120 litros, por favor", []),
        ("Нужно 15 тонн сахара в мешках по 40 кг", [(15, "tonne")]),
        ("We need 4 pcs 6x20 m", [(4, "piece")]),
        # people and places, and what is told of things, are no goods
        ("20,000 followers read our page.", []),
        ("2.500 sucursales en todo el país.", []),
        ("15.000 Studenten.", []),
        ("30,000 machines of ours run in plants of this region.", []),
        ("30,000 paper bags, please", [(30000, "piece")]),
        # further goods
        ("We need 150 hinges and 2500 screws", [(150, "piece"), (2500, "piece")]),
        ("Wir brauchen 150 Scharniere und 2500 Nägel", [(150, "piece"), (2500, "piece")]),
        ("Necesitamos 150 bisagras y 2500 clavos", [(150, "piece"), (2500, "piece")]),
        ("Precisamos de 150 dobradiças e 2500 pregos", [(150, "piece"), (2500, "piece")]),
        ("Il nous faut 150 charnières et 2500 clous", [(150, "piece"), (2500, "piece")]),
        ("Нужно 150 петель и 2500 гвоздей", [(150, "piece"), (2500, "piece")]),
        ("نحتاج 150 مفصلة و2500 مسمار", [(150, "piece"), (2500, "piece")]),
        ("We need 150 hinges, 28 mm", [(150, "piece")]),
        ("Preis 14 Rubel, wir nehmen ab 9", []),
        ("Ваша цена 14 руб., возьмём по 9", []),
    ],
)
def test_a_quantity_is_what_the_writer_wants(text: str, quantities: list[tuple[float, str]]) -> None:
    assert stated(text, "quantity") == quantities


@pytest.mark.parametrize(
    ("text", "order", "year"),
    [
        ("First shipment 40 tons, after that 300 tons a year", [40], [300]),
        ("Wir benötigen jährlich 80 Tonnen, zum Start 5 Tonnen", [5], [80]),
        ("Consumo anual 90 toneladas, primer pedido 3 toneladas", [3], [90]),
        ("Первый заказ 700 шт, потом 9 000 шт в год", [700], [9000]),
        ("الطلب الأول 700 قطعة ثم 9000 قطعة سنويا", [700], [9000]),
        ("年用量6万个，这次先订5000个", [5000], [60000]),
        ("We need 400 pcs now and our annual volume is 8,000 pcs", [400], [8000]),
        ("Per year we use 600 tons of PE and 200 tons of PP", [], [600, 200]),
        ("Order volume 700 pcs", [700], []),
        ("我司年用硬脂酸300吨", [], [300]),
    ],
)
def test_an_order_and_the_volume_of_a_year_are_kept_apart(text: str, order: list[float], year: list[float]) -> None:
    assert [value for value, _ in stated(text, "quantity")] == order
    assert [value for value, _ in stated(text, "annual_volume")] == year


@pytest.mark.parametrize(
    ("text", "target", "order"),
    [
        ("Our budget is 45,000 EUR", [], [45000]),
        ("Our budget is 6000 USD but your quote is too high", [], [6000]),
        ("Target price USD 2.40 else it is too expensive for us", [2.4], []),
        ("The order value is TRY 250,000", [], [250_000]),
        ("TRY 14.50 is our target price", [14.5], []),
        # a price of ours that is refused is not the writer's
        ("Your 9.80 USD is way above our budget", [], []),
        ("7,20 EUR liegen über unserem Budget", [], []),
        ("Los 8,10 USD superan nuestro presupuesto", [], []),
        ("3,90 EUR dépasse notre budget", [], []),
        ("6.60 美元超出了我们的预算", [], []),
        ("8,40 EUR ist zu teuer, wir zahlen höchstens 7,90 EUR", [7.9], []),
        ("4.10 USD is too high for our budget of 3.60 USD", [3.6], []),
        ("Our budget of 3.60 USD is too low for you, we know", [3.6], []),
        ("Бюджет 5 млн рублей", [], [5_000_000]),
        ("وميزانيتنا 3 دولار للقطعة", [3], []),
        ("Budget 3.20 EUR per piece", [3.2], []),
        ("Budget: 700 USD in total", [], [700]),
        ("Presupuesto de 2,80 USD por unidad", [2.8], []),
        ("Target 2.10 USD, the competitor is at 1.95 USD", [2.1], []),
        ("Target: $0.80-0.90 per pc", [0.8], []),
        ("4,75 Dollar wären machbar", [4.75], []),
        ("Our target is 45 TRY", [45], []),
        ("Auftragswert ca. 90.000 USD", [], [90000]),
        ("La commande serait d'environ 90 mille dollars", [], [90000]),
    ],
)
def test_money_is_a_target_for_a_unit_or_the_value_of_an_order(
    text: str, target: list[float], order: list[float]
) -> None:
    assert [value for value, _ in stated(text, "target_price")] == target
    assert [value for value, _ in stated(text, "order_value")] == order


@pytest.mark.parametrize(
    ("text", "signals"),
    [
        ("we want 300 t-shirts", {"states_quantity"}),
        ("we want 3000 t-shirts", {"states_quantity", "large_quantity"}),
        ("we don't need 3000 pcs", set()),
        ("is the monster 3.0 box of the same make", set()),
        ("we need a 20 ton hydraulic press", set()),
        ("we need 2 plastic containers", {"states_quantity"}),
        ("pack them 12 per carton please", set()),
        ("Wir verkaufen im Monat 3000 Schrauber", set()),
        ("chaque carton contient 24 pièces", set()),
        ("our budget is 60,000 USD", {"large_quantity"}),
        ("预算8000块", set()),
        ("每个4000块以内", set()),
        ("refurbishment of Terminal 3 car park", set()),
    ],
)
def test_a_number_takes_back_what_a_pattern_says_of_it(text: str, signals: set[str]) -> None:
    found = find_signals(pd.DataFrame({"message_id": ["a"], "text": [text]}), shipped_catalogue())
    assert set(found["signal"]) & {"states_quantity", "large_quantity"} == signals


@pytest.mark.parametrize(
    "text",
    [
        "Your competitor is at 5.40 USD, we cannot pay more than 4.90 USD",
        "Otro proveedor nos dio 5,40 USD/kg, no pagamos más de 4,90 USD/kg",
        "Outro fornecedor fez US$ 5,40/kg, não pagamos mais que US$ 4,90/kg",
        "Autre fournisseur : 5,40 €/kg, nous ne dépassons pas 4,90 €/kg",
        "Die Konkurrenz bietet 5,40 EUR/kg, mehr als 4,90 EUR/kg zahlen wir nicht",
        "У другого поставщика 5,40 руб/кг, больше 4,90 руб/кг не дадим",
        "مورد آخر أعطانا 5.40 دولار، لا ندفع أكثر من 4.90 دولار",
        "同行报5.40美元，我们最多4.90美元",
    ],
)
def test_what_a_competitor_asks_is_neither_a_target_nor_a_counter_offer(text: str) -> None:
    assert carried(text) == {"states_target_price": 4.9}


@pytest.mark.parametrize(
    "text",
    [
        "You quoted 5.40 USD, can you do 4.90 USD?",
        "Your price 5.40 USD is too high, we can pay 4.90 USD",
        "Votre prix de 5,40 € : nous pouvons signer à 4,90 €",
        "Сейчас берем по 5,40 руб., хотим по 4,90 руб.",
        "4,90 € au lieu de 5,40 €, et nous signons",
    ],
)
def test_a_counter_offer_is_the_buyers_own_sum(text: str) -> None:
    assert carried(text) == {"states_target_price": 4.9, "counter_offer": 4.9}


def test_a_sum_that_the_buyer_pays_now_is_no_target() -> None:
    assert carried("We pay 5.40 USD now, our target is 4.90 USD") == {"states_target_price": 4.9}


def carried(text: str) -> dict[str, float]:
    """The values of the two signals that carry a price of the buyer's."""
    found = find_signals(pd.DataFrame({"message_id": ["a"], "text": [text]}), shipped_catalogue(), (), RATES)
    found = found[found["signal"].isin(["states_target_price", "counter_offer"])]
    return dict(zip(found["signal"], found["value"], strict=True))


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("Tyre 385/65R22.5\n1 container, how soon?", "1 container"),
        ("Neumático 385/65R22.5\n1 contenedor, ¿para cuándo?", "1 contenedor"),
        ("إطار 385/65R22.5\nحاوية واحدة", "حاوية"),
    ],
)
def test_a_size_at_the_end_of_a_line_counts_nothing_on_the_next(text: str, evidence: str) -> None:
    found = find_signals(pd.DataFrame({"message_id": ["a"], "text": [text]}), shipped_catalogue())
    assert found.set_index("signal").loc["large_quantity", "evidence"] == evidence
