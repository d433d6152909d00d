using System.Buffers.Text;
using System.Text;
using EhrLedger.Client.Invitations;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using NUnit.Framework;

namespace EhrLedger.Tests.Client;

public sealed class InvitationTests
{
    private static readonly Invitation One = new("St. Olav Hospital", Digest.Of("genesis"u8), new OrganisationId(Ed25519PrivateKey.Generate().Public), "K7QPM-3M9DW-XW2TA", new byte[16]);

    [Test]
    public void Comes_back_from_its_link_its_fragment_and_its_JSON()
    {
        var link = One.ToLink(new Uri("https://hospital.example:8443"));

        foreach (var text in (string[])[link.AbsoluteUri, link.Fragment, link.Fragment[1..], One.ToJson(), $"  {link.AbsoluteUri}\n"])
        {
            var read = Invitation.TryParse(text);
            Assert.That((read!.Label, read.Genesis, read.Organisation, read.Code, read.AccessRequest!.Value.ToArray()), Is.EqualTo((One.Label, One.Genesis, One.Organisation, One.Code, new byte[16])));
        }
    }

    [Test]
    public void What_it_does_not_hold_is_null()
    {
        Assert.That(Invitation.TryParse((One with { AccessRequest = null }).ToJson())!.AccessRequest, Is.Null);
        Assert.That(Invitation.TryParse((One with { Code = null }).ToJson())!.Code, Is.Null);
    }

    [Test]
    public void Is_one_with_the_agents_invitation()
    {
        using var key = Ed25519PrivateKey.Generate();
        var agent = EhrLedger.Messaging.Messages.Invitation.Make("7", "label", key.Public, "https://hospital.example/agent");

        var read = Invitation.TryParse((One with { Agent = agent }).ToJson())!;

        Assert.That((read.Organisation, read.Code, read.Agent!.Id, read.Agent.Label), Is.EqualTo((One.Organisation, One.Code, "7", One.Label)));
        Assert.That(read.Agent.Services![0].GetProperty("recipientKeys")[0].GetString(), Is.EqualTo(key.Public.ToDidKey()));
        Assert.That(Invitation.TryParse(One.ToJson())!.Agent, Is.Null);
    }

    [Test]
    public void The_link_tells_a_server_nothing_but_where_the_wallet_is()
    {
        var link = One.ToLink(new Uri("https://hospital.example:8443/"));

        Assert.That(link.GetLeftPart(UriPartial.Query), Is.EqualTo("https://hospital.example:8443/wallet/connect"));
    }

    [Test]
    public void Refuses_what_is_no_invitation()
    {
        var json = One.ToJson();
        string[] wrong =
        [
            "", "#", "https://hospital.example/wallet/connect", "#oob=", "#oob=!!!", "{}", "[]", "{", json.Replace("out-of-band/1.1/invitation", "out-of-band/2.0/invitation", StringComparison.Ordinal),
            json.Replace("did:key:z6Mk", "did:key:z6Ll", StringComparison.Ordinal), json.Replace(One.Genesis.ToString(), "00", StringComparison.Ordinal), json.Replace("\"request\":\"00", "\"request\":\"zz", StringComparison.Ordinal),
            (One with { Code = null, AccessRequest = null }).ToJson(), "#oob=" + Base64Url.EncodeToString(Encoding.UTF8.GetBytes("\"text\"")), new string('x', 100_000),
        ];

        Assert.That(wrong.Select(Invitation.TryParse), Is.All.Null);
    }
}
