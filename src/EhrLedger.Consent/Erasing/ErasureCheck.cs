using EhrLedger.Consent.Custody;

namespace EhrLedger.Consent.Erasing;

/// <summary>
/// When a node destroys something for an order. It believes nobody: that the subject wants it, and that the author has written these very sealings about this very subject, its own copy of the log has to say.
/// Otherwise a subject of one's own would be enough to destroy what is others'.
/// </summary>
public static class ErasureCheck
{
    /// <summary>Whether everything that the order names is to go. Pure.</summary>
    /// <param name="order">Untrusted.</param>
    /// <param name="view">This node's own copy of the log.</param>
    public static ErasureDenial? Decide(ErasureOrder order, ILedgerView view)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(view);
        if (view.FindSubject(order.Erasure.Subject) is not { } subject || subject.FindErasure(order.Erasure.Commitment) is not { } erasure)
        {
            return ErasureDenial.NotOnLedger;
        }

        // What is destroyed does not come back, and an entry that is not final may never have been.
        if (erasure.Index >= view.FinalSize)
        {
            return ErasureDenial.NotFinal;
        }

        foreach (var sealing in order.Sealings)
        {
            // A row that came under an ended epoch opens for nobody, and is to go like any other.
            if (sealing.Header.Subject != order.Erasure.Subject
                || ReleaseCheck.CheckRow(sealing.Header, sealing.Row, sealing.Anchor, subject, view) is not (null or AccessDenial.EpochEnded))
            {
                return ErasureDenial.NotOfSubject;
            }
        }

        return null;
    }
}

/// <summary>Why a node destroys nothing.</summary>
public enum ErasureDenial
{
    /// <summary>The subject has no such erasure, or has had too many since.</summary>
    NotOnLedger = 1,

    /// <summary>Its entry is not final in this node's copy of the log.</summary>
    NotFinal = 2,

    /// <summary>Something that is named is another subject's or another author's, or stands in no log.</summary>
    NotOfSubject = 3,
}
