using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sharing;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Consent.Recovery;

/// <summary>What somebody, a person or an organisation, guards one recovery with. Nothing that comes of it tells which of the two it is. Both keys go with it.</summary>
/// <param name="key">Signs, for this recovery alone.</param>
/// <param name="sealingKey">Opens the share, for this recovery alone.</param>
public sealed class GuardianKeys(Ed25519PrivateKey key, XWingPrivateKey sealingKey) : IDisposable
{
    // A day less than the ledger takes: clocks differ.
    private static readonly TimeSpan ApprovalValidity = TimeSpan.FromSeconds(GuardianApproval.LongestSeconds - 86_400);

    /// <summary>Agrees to be a guardian.</summary>
    /// <param name="genesis">Digest of the consortium's genesis.</param>
    /// <param name="recovery">Whose.</param>
    public GuardianAcceptance Agree(Digest genesis, RecoveryId recovery) => GuardianAcceptance.Sign(genesis, recovery, key, sealingKey);

    /// <summary>Place among a set-up's guardians, from 0; null for none of them.</summary>
    public int? PlaceIn(GuardianRule? rule)
    {
        for (var place = 0; place < rule?.Guardians.Count; place++)
        {
            if (rule.Guardians[place] == key.Public)
            {
                return place;
            }
        }

        return null;
    }

    /// <summary>Approves a request, and seals this guardian's share to the new phone.</summary>
    /// <param name="ask">Of the new phone; its consortium was checked.</param>
    /// <param name="recovery">Whose.</param>
    /// <param name="state">As the ledger has it.</param>
    /// <param name="published">Untrusted.</param>
    /// <param name="now">From when the approval counts its days.</param>
    /// <returns>Null where this is no guardian of the set-up in force, and where the plan is not that set-up's or holds no share that opens.</returns>
    public RecoveryApproval? Approve(RecoveryAsk ask, RecoveryId recovery, RecoveryState state, PublishedPlan published, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(ask);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(published);
        if (PlaceIn(state.Rule) is not { } place || published.Plan.Digest != state.Rule!.Plan)
        {
            return null;
        }

        using var share = Open(published, place);
        if (share is null)
        {
            return null;
        }

        var until = (ulong)(now + ApprovalValidity).ToUnixTimeSeconds();
        var message = GuardianApproval.MessageOf(ask.Genesis, recovery, state.LastNumber, ask.Key, ask.AnswerKey.Digest, until);
        return new RecoveryApproval(
            recovery, state.LastNumber, new GuardianApproval(place, until, key.Sign(message)), RecoveryShare.Seal(share, ask.AnswerKey, SealedFor.RecoveryApproval, Digest.Of(message)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        key.Dispose();
        sealingKey.Dispose();
    }

    /// <summary>"GuardianKeys(redacted)".</summary>
    public override string ToString() => "GuardianKeys(redacted)";

    private Share? Open(PublishedPlan published, int place)
    {
        var share = place < published.SealedShares.Count ? RecoveryShare.Open(published.SealedShares[place].Span, sealingKey, SealedFor.GuardianShare, published.Plan.Digest) : null;
        if (share is not null && share.Number == place + 1 && published.Plan.HoldsOfGuardian(share))
        {
            return share;
        }

        share?.Dispose();
        return null;
    }
}
