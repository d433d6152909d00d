using System.Text.Json;

namespace EhrLedger.Wallet.Records;

/// <summary>What a FHIR resource says in one short text: a value with its unit, a dose, a status. Nothing is converted or judged.</summary>
internal static class FhirValue
{
    private static readonly string[] Plain = ["valueString", "valueDateTime", "valueTime", "valueInteger", "valueBoolean"];
    private static readonly string[] Statuses = ["clinicalStatus", "status"];

    /// <summary>Empty where there is nothing to say.</summary>
    public static string Of(JsonElement root)
    {
        if (ValueOf(root) is { Length: > 0 } value)
        {
            return value;
        }

        if (Items(root, "component").Select(ValueOf).Where(text => text.Length > 0).ToList() is { Count: > 0 } parts)
        {
            return Join(parts);
        }

        if (Items(root, "dosageInstruction").Concat(Items(root, "dosage")).Select(DoseOf).FirstOrDefault(text => text.Length > 0) is { } dose)
        {
            return dose;
        }

        return Find(root, "total") is { } total && QuantityOf(total) is { Length: > 0 } sum ? sum
            : Statuses.Select(name => Find(root, name) is { } status ? ConceptOf(status) : "").FirstOrDefault(text => text.Length > 0) ?? "";
    }

    private static string ValueOf(JsonElement element) =>
        Find(element, "valueQuantity") is { } quantity ? QuantityOf(quantity)
        : Find(element, "valueCodeableConcept") is { } concept ? ConceptOf(concept)
        : Find(element, "valueRange") is { } range ? Between(range, "low", "high", " – ")
        : Find(element, "valueRatio") is { } ratio ? Between(ratio, "numerator", "denominator", " : ")
        : Plain.Select(name => Find(element, name) is { } plain ? Text(plain) : "").FirstOrDefault(text => text.Length > 0) ?? "";

    private static string Between(JsonElement element, string first, string second, string sign) =>
        string.Join(sign, new[] { first, second }.Select(name => Find(element, name) is { } quantity ? QuantityOf(quantity) : "").Where(text => text.Length > 0));

    // "120 mmHg" and "80 mmHg" are read as "120 / 80 mmHg".
    private static string Join(List<string> parts)
    {
        var units = parts.Select(part => part.IndexOf(' ', StringComparison.Ordinal) is > 0 and var at ? part[at..] : "").Distinct().ToList();
        return units is [{ Length: > 0 } unit] ? string.Join(" / ", parts.Select(part => part[..^unit.Length])) + unit : string.Join(", ", parts);
    }

    private static string QuantityOf(JsonElement quantity)
    {
        var number = Find(quantity, "value") is { } value ? Text(value) : "";
        var unit = Find(quantity, "unit") is { } named ? Text(named) : Find(quantity, "code") is { } code ? Text(code) : Find(quantity, "currency") is { } currency ? Text(currency) : "";
        return number.Length == 0 ? "" : $"{(Find(quantity, "comparator") is { } sign ? Text(sign) + " " : "")}{number}{(unit.Length > 0 ? " " : "")}{unit}";
    }

    private static string DoseOf(JsonElement dosage) =>
        Find(dosage, "text") is { } text ? Text(text)
        : Items(dosage, "doseAndRate").Select(rate => Find(rate, "doseQuantity") is { } dose ? QuantityOf(dose) : "").FirstOrDefault(dose => dose.Length > 0) ?? "";

    private static string ConceptOf(JsonElement concept) =>
        concept.ValueKind == JsonValueKind.String ? Text(concept)
        : Find(concept, "text") is { } text ? Text(text)
        : Items(concept, "coding").Select(coding => Find(coding, "display") is { } display ? Text(display) : Find(coding, "code") is { } code ? Text(code) : "").FirstOrDefault(found => found.Length > 0) ?? "";

    private static string Text(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString() ?? "",
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => element.GetRawText(),
        _ => "",
    };

    private static JsonElement? Find(JsonElement element, string name) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    private static JsonElement.ArrayEnumerator Items(JsonElement element, string name) => Find(element, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : default;
}
