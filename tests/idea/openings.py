"""Fifty ideas of the demo campaign said anew: (group, the wish in other words), written from the groups' wishes alone.

What a person has typed after four words is what the hints have to go by.
"""

from __future__ import annotations

OPENINGS = [
    # Groups whose ideas repeat each other's words.
    ("bf-ramp", "На коляске не подняться по вашему крыльцу"),
    ("bf-sign-language", "Сурдопереводчик по видео для глухих посетителей"),
    ("bf-screen-reader", "Сайт не читается программой для незрячих"),
    ("bf-parking", "Парковочные места для инвалидов у дверей центра"),
    ("competence-senior-help", "Сложный вопрос — позовите старшего, а не отказывайте"),
    ("contact-direct-number", "Номер телефона самого центра, а не общей линии"),
    ("fam-kids-corner", "Игровая зона для малышей в зале"),
    ("fam-pram-parking", "Негде оставить детскую коляску внутри"),
    ("feedback-rate-visit", "Кнопки оценки прямо у окна после приёма"),
    ("hall-more-seats", "Людям негде сидеть в зале"),
    ("hall-charging", "Телефон сел, а зарядить негде"),
    ("hours-sunday-all-services", "По воскресеньям половину услуг не оказывают"),
    ("life-surname", "Вышла замуж, сменила фамилию — все бумаги бы сразу"),
    ("life-pets", "Зарегистрировать собаку и получить паспорт животного"),
    ("manners-guard-polite", "Охранник грубит людям на входе"),
    ("nav-large-print", "Буквы на стендах слишком мелкие"),
    ("newcomers-terminal-english", "Ticket machine only speaks Russian, add English"),
    ("newcomers-translated-samples", "Sample forms in other languages please"),
    ("pap-samples", "Повесьте пример, как заполнять заявление"),
    ("pay-by-card", "Картой заплатить нельзя, только наличные"),
    ("queue-quick-question", "Короткий вопрос — отдельное окошко без талона"),
    ("queue-remind-day", "Напомните про запись за день до визита"),
    ("res-sms-ready", "Паспорт готов — пришлите эсэмэску"),
    ("res-locker", "Ячейка для выдачи бумаг, как у магазинов"),
    # Groups whose ideas say it each in words of their own.
    ("bf-doors", "Дверь такая тяжёлая, не открыть"),
    ("bf-blind-escort", "Незрячего человека проводите до окна"),
    ("bf-home-visit", "Приезжайте к лежачим больным домой"),
    ("competence-same-answer", "В каждом окне говорят разное"),
    ("contact-draft-autosave", "Заявление стёрлось, заполнять пришлось заново"),
    ("contact-callback", "Перезвоните сами, когда освободится оператор"),
    ("contact-chat", "Переписка с оператором вместо звонка"),
    ("fam-feeding-room", "Покормить грудничка негде, нужна комната"),
    ("fam-baby-priority", "С грудным ребёнком принимайте сразу"),
    ("fam-newborn-one-visit", "Родился ребёнок — все бумаги бы сразу"),
    ("feedback-complaint-status", "Что стало с моей жалобой"),
    ("hall-water", "Попить в зале совершенно нечего"),
    ("hall-fresh-air", "В зале нечем дышать летом"),
    ("hall-toilet", "Туалет закрыт, терпеть приходится часами"),
    ("hall-privacy", "Соседи слышат мой разговор с сотрудником"),
    ("hours-late-evening", "После работы к вам не успеть"),
    ("life-lost-documents", "Украли сумку со всеми документами"),
    ("manners-elder-patience", "Не торопите бабушек у окна"),
    ("nav-street-signs", "От метро к вам не найти дороги"),
    ("newcomers-interpreter", "Interpreter on a video call when my Russian ends"),
    ("pap-prefill", "Бланк с моими данными уже заполненный"),
    ("pay-fee-on-spot", "Пошлину заплатить тут же, без банка"),
    ("pay-photo-booth", "Сфотографироваться на паспорт прямо у вас"),
    ("queue-sms-turn", "Пришлите смс, когда моя очередь"),
    ("queue-late-grace", "Опоздал на пять минут — талон сгорел"),
    ("res-home-delivery", "Курьер привезёт паспорт на дом"),
]
WORDS = 4


def first_words(text: str) -> str:
    """The first four words; a dash is none."""
    kept, words = [], 0
    for part in text.split():
        if words == WORDS:
            break
        words += part.strip("—–-") != ""
        kept.append(part)
    return " ".join(kept)
