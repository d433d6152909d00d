using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Records;

/// <summary>Who holds the shares of a record, in the order in which its header has their digests, and how many of them open it.</summary>
/// <param name="Number">As it stands in headers. 0 is the set of the genesis.</param>
/// <param name="Custodians">The x-th of them holds the share number x, from 1.</param>
/// <param name="Threshold">1 up to their number.</param>
public sealed record CustodianSet(uint Number, IReadOnlyList<OrganisationId> Custodians, int Threshold)
{
    /// <summary>The set that a consortium begins with: all its founding members.</summary>
    public static CustodianSet Of(Genesis genesis)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        return new(0, [.. genesis.Members.Select(member => member.Organisation)], genesis.CustodyThreshold);
    }

    /// <summary>The custodian's place from 0; -1 for an organisation that is none.</summary>
    public int PlaceOf(OrganisationId custodian)
    {
        for (var place = 0; place < Custodians.Count; place++)
        {
            if (Custodians[place] == custodian)
            {
                return place;
            }
        }

        return -1;
    }
}
