using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Recovery;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cose;
using EhrLedger.Crypto.Signing;
using EhrLedger.Crypto.WalletKeys;

namespace EhrLedger.Tests.Consent;

/// <summary>The formats of recovery through guardians.</summary>
internal static class RecoveryCodecs
{
    private static readonly Digest Genesis = Digest.Of("a consortium"u8);
    private static readonly Ed25519PrivateKey Signer = Ed25519PrivateKey.FromSeed(Digest.Of("a signer"u8).ToArray());

    public static readonly IReadOnlyList<Codec> All =
    [
        new("guardians-set", d => new GuardiansSet(d.Int(), d.Coin() ? Rule(d) : null).Encode(), b => GuardiansSet.TryParse(b)?.Encode()),
        new("recovery-requested", d => new RecoveryRequested(d.Int(), d.SigningKey().Public, d.Digest(), [Approval(d, 1), Approval(d, 3)]).Encode(), b => RecoveryRequested.TryParse(b)?.Encode()),
        new("recovery-vetoed", d => new RecoveryVetoed(d.Int(), d.SigningKey().Public).Encode(), b => RecoveryVetoed.TryParse(b)?.Encode()),
        new(
            "recovery-state",
            d => new RecoveryState(d.Int(), d.Coin() ? Rule(d) : null, [.. d.Several(0, 2, () => new OpenRecovery(d.SigningKey().Public, d.Digest(), d.Long(), d.Long(), d.Long()))]).Encode(),
            b => RecoveryState.TryParse(b)?.Encode()),
        new("recovery-plan", d => Plan(d).Encode(), b => RecoveryPlan.TryParse(b)?.Encode()),
        new(
            "published-plan",
            d => Plan(d) is var plan ? new PublishedPlan(plan, [.. plan.GuardianShares.Select(_ => (ReadOnlyMemory<byte>)d.Bytes(RecoveryShare.SealedLength))]).Encode() : [],
            b => PublishedPlan.TryParse(b)?.Encode()),
        new("recovery-deposit", d => new RecoveryDeposit(d.Organisation(), Plan(d), d.Bytes(RecoveryShare.SealedLength)).Encode(), b => RecoveryDeposit.TryParse(b)?.Encode()),
        new(
            "recovery-release-request",
            d => RecoveryReleaseRequest.Sign(d.Long(), d.Organisation(), Signer, d.SealingKey().Public, DateTimeOffset.FromUnixTimeMilliseconds(d.Int()), Genesis).EncodePayload(),
            b => RecoveryReleaseRequest.TryParse(CoseSign1.Sign(SignedAs.RecoveryReleaseRequest, b, Signer, Genesis))?.EncodePayload()),
        new("guardian-invitation", d => new GuardianInvitation(d.Digest(), Recovery(d), "Anna").Encode(), b => GuardianInvitation.TryDecode(b)?.Encode()),
        new("guardian-acceptance", d => GuardianAcceptance.Sign(Genesis, Recovery(d), d.SigningKey(), d.SealingKey()).Encode(), b => GuardianAcceptance.TryDecode(b)?.Encode()),
        new("guardian-request", d => new GuardianRequest(d.Subject(), new GuardianInvitation(d.Digest(), Recovery(d), ""), d.Long(), d.Bytes(64)).Encode(), b => GuardianRequest.TryParse(b)?.Encode()),
        new("recovery-ask", d => new RecoveryAsk(d.Digest(), d.SigningKey().Public, d.SealingKey().Public, "Anna").Encode(), b => RecoveryAsk.TryDecode(b)?.Encode()),
        new("recovery-approval", d => new RecoveryApproval(Recovery(d), d.Int(), Approval(d, 1), d.Bytes(RecoveryShare.SealedLength)).Encode(), b => RecoveryApproval.TryDecode(b)?.Encode()),
    ];

    private static RecoveryId Recovery(Dice d) => new(d.SigningKey().Public);

    private static GuardianRule Rule(Dice d) => new(d.Digest(), d.Int(), [.. d.Several(2, 4, () => d.SigningKey().Public).Order()], 2, 24 + (int)d.Number(600));

    private static GuardianApproval Approval(Dice d, int guardian) => new(guardian, d.Long(), d.Bytes(64));

    private static RecoveryPlan Plan(Dice d)
    {
        using var seed = WalletSeed.FromBytes(d.Bytes(32));
        var custodians = new CustodianSet(0, d.Several(1, 4, d.Organisation), 1);
        using var made = RecoveryPlan.Make(seed, d.Int() | 1, 2, 2 + (int)d.Number(2), custodians with { Threshold = custodians.Custodians.Count });
        return made.Plan;
    }
}
