using EhrLedger.Node.Settings;
using EhrLedger.Node.Smart.Users;
using EhrLedger.Node.Tests.Harness;
using Microsoft.Extensions.Configuration;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>Settings of the hospital's identity provider.</summary>
public sealed class IdentityProviderTests
{
    private TestFolder _folder = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _folder = new TestFolder();
        await File.WriteAllTextAsync(_folder["secret"], "s3cret\n");
        await File.WriteAllTextAsync(_folder["key"], "{}");
    }

    [TearDown]
    public void Stop() => _folder.Dispose();

    [Test]
    public void Without_an_issuer_there_is_none() => Assert.That(Read(("IdpIssuer", null)), Is.Null);

    [Test]
    public void Reads_what_is_needed_and_has_defaults_for_the_rest()
    {
        var provider = Read(("IdpRoles", "CN=Doctors,OU=Ward=clinician; Desk=front-desk"))!;
        Assert.That((provider.Secret, provider.Scope, provider.RoleClaim, provider.FhirUserClaim, provider.Lifetime), Is.EqualTo(("s3cret", "openid profile", "groups", "fhirUser", TimeSpan.FromHours(24))));
        Assert.That(provider.RoleOf(["Desk", "CN=Doctors,OU=Ward"]), Is.EqualTo(UserRole.Clinician));
        Assert.That(provider.RoleOf(["desk"]), Is.Null);
        Assert.That(provider.ToString(), Does.Not.Contain("s3cret"));
    }

    [TestCase("IdpIssuer", "http://idp.example")]
    [TestCase("IdpIssuer", "idp.example")]
    [TestCase("IdpIssuer", "https://idp.example/?x=1")]
    [TestCase("IdpClient", null)]
    [TestCase("IdpSecretFile", null)]
    [TestCase("IdpSecretFile", "absent")]
    [TestCase("IdpKeyFile", "key")]
    [TestCase("IdpRoles", null)]
    [TestCase("IdpRoles", "Doctors")]
    [TestCase("IdpRoles", "Doctors=physician")]
    [TestCase("IdpScope", "profile")]
    [TestCase("IdpLifetime", "00:00:00")]
    [TestCase("IdpLifetime", "tomorrow")]
    public void Does_not_start_with(string name, string? value) => Assert.That(() => Read((name, value)), Throws.TypeOf<StartupException>());

    [Test]
    public void Does_not_start_with_what_is_no_private_key() =>
        Assert.That(() => Read(("IdpSecretFile", null), ("IdpKeyFile", "key")), Throws.TypeOf<StartupException>().With.Message.Contains("no private JSON Web Key"));

    private IdentityProvider? Read(params (string Name, string? Value)[] changes)
    {
        var settings = new Dictionary<string, string?> { ["IdpIssuer"] = "https://idp.example", ["IdpClient"] = "node", ["IdpSecretFile"] = "secret", ["IdpRoles"] = "Doctors=clinician" };
        foreach (var (name, value) in changes)
        {
            settings[name] = value;
        }

        return IdentityProvider.Read(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Where(pair => pair.Value is not null).Select(pair => KeyValuePair.Create("EhrLedger:" + pair.Key, pair.Key.EndsWith("File", StringComparison.Ordinal) ? _folder[pair.Value!] : pair.Value)))
            .Build().GetSection("EhrLedger"));
    }
}
