using System.Text;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Ledger.Membership;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Notes;
using EhrLedger.MerkleLog.Policies;
using EhrLedger.Wallet.App.Session;

namespace EhrLedger.Wallet.Tests.Screens;

/// <summary>A wallet of a network with one hospital, which says who it is and answers nothing else.</summary>
internal static class OpenWallet
{
    public const string Pin = "correct horse";

    /// <summary>Opens a new wallet on the screens' device.</summary>
    /// <returns>The hospital.</returns>
    public static async Task<OrganisationId> OpenAsync(this WalletScreens screens)
    {
        var hospital = screens.Serve();
        if (await screens.Mine.KeepAsync(WalletSeed.Generate(), Pin, restore: false, null, default) != OpenOutcome.Opened)
        {
            throw new InvalidOperationException("The wallet does not open.");
        }

        return hospital;
    }

    /// <summary>Lets the hospital say who it is.</summary>
    public static OrganisationId Serve(this WalletScreens screens)
    {
        using var signing = Ed25519PrivateKey.Generate();
        using var log = Ed25519PrivateKey.Generate();
        using var witness = Ed25519PrivateKey.Generate();
        using var sealing = XWingPrivateKey.Generate();
        var hospital = new OrganisationId(signing.Public);
        var verifier = new NoteSigner(NoteKeyName.Parse("ehrledger.test/log")!, log).Verifier;
        var cosigner = Cosigner.For(NoteKeyName.Parse("ehrledger.test/hospital")!, witness).Verifier;
        var genesis = Genesis.Create(
            "Test network",
            "ehrledger.test/log",
            screens.Clock.Now,
            hospital,
            verifier.ToString(),
            [new Member(hospital, signing.Public, "City Hospital", "hospital", "http://node.test/", sealing.Public.ToArray(), cosigner.ToString())],
            Encoding.UTF8.GetString(QuorumPolicy.ForMembers(verifier, [cosigner]).Encode()),
            1);
        screens.Node.Answers["/ledger/genesis"] = genesis.Bytes.ToArray();
        screens.Node.Answers["/relay"] = Encoding.UTF8.GetBytes($$"""{"organisation":"{{hospital}}"}""");
        return hospital;
    }
}
