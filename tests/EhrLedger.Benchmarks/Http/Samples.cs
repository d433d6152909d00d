using System.Globalization;
using System.Text;

namespace EhrLedger.Benchmarks.Http;

/// <summary>Resources of a usual size, made up.</summary>
internal static class Samples
{
    public static byte[] Patient(int number) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""
        {"resourceType":"Patient","identifier":[{"system":"urn:example:mrn","value":"MRN-{{number:000000}}"}],"name":[{"use":"official","family":"Example","given":["Patient","Number {{number}}"]}],
        "telecom":[{"system":"phone","value":"555-01{{number % 100:00}}","use":"home"}],"gender":"female","birthDate":"19{{number % 90 + 10}}-04-12",
        "address":[{"use":"home","line":["{{number}} Main Street"],"city":"Springfield","postalCode":"12345","country":"US"}]}
        """));

    /// <summary>System and code, as a search has them.</summary>
    public static string CodeOf(int code) => string.Create(CultureInfo.InvariantCulture, $"http://loinc.org|{10_000 + code}-{code % 10}");

    /// <summary>About 1.5 kB.</summary>
    /// <param name="patient">FHIR id.</param>
    /// <param name="code">Number of a code.</param>
    /// <param name="number">Of the Observation.</param>
    /// <param name="id">Null where the server makes it.</param>
    /// <param name="year">Of its date.</param>
    public static byte[] Observation(string patient, int code, int number, string? id, int year = 2026) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""
        {"resourceType":"Observation",{{(id is null ? "" : $"\"id\":\"{id}\",")}}"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory","display":"Laboratory"}],"text":"Laboratory"}],
        "identifier":[{"system":"urn:example:accession","value":"A-{{number:00000000}}"}],
        "code":{"coding":[{"system":"http://loinc.org","code":"{{10_000 + code}}-{{code % 10}}","display":"Glucose [Mass/volume] in Blood by Test strip manual"}],"text":"Glucose, blood"},
        "subject":{"reference":"Patient/{{patient}}"},"effectiveDateTime":"{{year}}-0{{number % 9 + 1}}-1{{number % 10}}T08:30:00+01:00","issued":"2026-09-20T09:{{number % 60:00}}:00.000+01:00",
        "performer":[{"display":"Central Laboratory, Springfield General Hospital"}],
        "valueQuantity":{"value":{{60 + number % 90}}.{{number % 10}},"unit":"mg/dL","system":"http://unitsofmeasure.org","code":"mg/dL"},
        "interpretation":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"N","display":"Normal"}],"text":"Normal"}],
        "note":[{"text":"Sample drawn fasting, delivered within twenty minutes, and measured twice; the second measurement agreed with the first within the tolerance of the method."}],
        "method":{"text":"Hexokinase, photometric"},"referenceRange":[{"low":{"value":70,"unit":"mg/dL","system":"http://unitsofmeasure.org","code":"mg/dL"},
        "high":{"value":110,"unit":"mg/dL","system":"http://unitsofmeasure.org","code":"mg/dL"},"text":"70 to 110 mg/dL"}]}
        """));

    /// <summary>Of another category than an Observation.</summary>
    public static byte[] MedicationRequest(string patient, int number) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""
        {"resourceType":"MedicationRequest","status":"active","intent":"order","identifier":[{"system":"urn:example:order","value":"M-{{number:00000000}}"}],
        "medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"{{860_000 + number}}","display":"Metformin hydrochloride 500 MG Oral Tablet"}],"text":"Metformin 500 mg"},
        "subject":{"reference":"Patient/{{patient}}"},"authoredOn":"2026-0{{number % 9 + 1}}-1{{number % 10}}","dosageInstruction":[{"text":"One tablet twice a day with a meal"}]}
        """));
}
