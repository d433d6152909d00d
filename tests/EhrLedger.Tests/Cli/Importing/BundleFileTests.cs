using System.Text;
using EhrLedger.Cli.Importing;
using NUnit.Framework;

namespace EhrLedger.Tests.Cli.Importing;

public sealed class BundleFileTests
{
    [TestCase("0-hospitalInformation1625.json", "Organization", ExpectedResult = ImportWave.Hospitals)]
    [TestCase("practitionerInformation.json", "Practitioner", ExpectedResult = ImportWave.Practitioners)]
    [TestCase("clinics.json", "Organization", ExpectedResult = ImportWave.Directory)]
    [TestCase("anybody.json", "Patient", ExpectedResult = ImportWave.Patients)]
    [TestCase("hospitalInformation-with-a-patient.json", "Patient", ExpectedResult = ImportWave.Patients)]
    public object Goes_with_the_wave_of_its_name_and_content(string name, string type) => Found(name, Bundles.Of("a", "transaction", (type, """{"method":"PUT"}"""))).Wave;

    [Test]
    public void Goes_in_the_order_of_the_waves_and_then_of_the_names()
    {
        string[] names = ["b-patient.json", "a-patient.json", "z-clinics.json", "y-practitionerInformation1.json", "x-hospitalInformation1.json"];
        var files = names.Select(name => Found(name, name.Contains("patient", StringComparison.Ordinal) ? Bundles.OfPatient("a") : Bundles.OfDirectory("a")));
        Assert.That(
            Importer.InOrder(files).SelectMany(wave => wave).Select(file => file.Name),
            Is.EqualTo(new[] { "x-hospitalInformation1.json", "y-practitionerInformation1.json", "z-clinics.json", "a-patient.json", "b-patient.json" }));
    }

    [TestCase("""{"method":"PUT","url":"Patient/1"}""", ExpectedResult = true)]
    [TestCase("""{"method":"DELETE","url":"Patient/1"}""", ExpectedResult = true)]
    [TestCase("""{"method":"POST","url":"Patient","ifNoneExist":"identifier=1"}""", ExpectedResult = true)]
    [TestCase("""{"method":"POST","url":"Patient","ifNoneExist":""}""", ExpectedResult = false)]
    [TestCase("""{"method":"POST","url":"Patient"}""", ExpectedResult = false)]
    [TestCase("""{"method":"PATCH","url":"Patient/1"}""", ExpectedResult = false)]
    [TestCase("7", ExpectedResult = false)]
    public bool Is_repeatable_where_sending_it_twice_does_no_more(string request) => Found("a.json", Bundles.Of("a", "transaction", ("Patient", request))).IsRepeatable;

    [TestCase("{")]
    [TestCase("")]
    [TestCase("""{"resourceType":"Bundle","type":"collection","entry":[]}""")]
    [TestCase("""{"resourceType":"Bundle","type":"transaction"}""")]
    [TestCase("""{"resourceType":"Bundle","type":"transaction","entry":{}}""")]
    public void Is_unusable_where_it_should_be_one_and_is_not(string json) => Assert.That(Scan("a.json", json), Is.TypeOf<BundleScan.Unusable>());

    [TestCase("{}")]
    [TestCase("[]")]
    [TestCase("""{"resourceType":"Patient"}""")]
    public void Is_none_where_the_file_is_something_else(string json) => Assert.That(Scan("a.json", json), Is.TypeOf<BundleScan.NoBundle>());

    [Test]
    public void Is_found_behind_a_byte_order_mark() => Assert.That(Scan("a.json", "\uFEFF" + Bundles.OfPatient("a")), Is.TypeOf<BundleScan.Found>());

    private static BundleFile Found(string name, string json) => ((BundleScan.Found)Scan(name, json)).File;

    private static BundleScan Scan(string name, string json) => BundleFile.Scan(name, Encoding.UTF8.GetBytes(json));
}
