using EhrLedger.Ledger.Alarms;

namespace EhrLedger.Node.Patrol;

/// <summary>Something that a patrol came upon.</summary>
/// <param name="Kind">What.</param>
/// <param name="Member">did:key of the member whose node it was.</param>
/// <param name="Detail">Ids, sizes and indices, with the member's name.</param>
internal sealed record Finding(AlarmKind Kind, string Member, string Detail);
