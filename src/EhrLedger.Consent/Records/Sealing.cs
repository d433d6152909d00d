using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Sealing;

namespace EhrLedger.Consent.Records;

/// <summary>
/// What an author seals K1 and K2 with for one subject in one epoch. The secrets stay the caller's: its key store keeps them, so that a record costs no
/// encapsulation.
/// </summary>
/// <param name="Subject">Whom the records are about.</param>
/// <param name="Epoch">Whose sealing key <paramref name="Category"/> is for.</param>
/// <param name="Category">To the epoch's sealing key, for <see cref="SealedFor.Category"/>.</param>
/// <param name="Self">To the subject's self key, for <see cref="SealedFor.Self"/>.</param>
public sealed record SubjectSealing(SubjectId Subject, uint Epoch, SealingSecret Category, SealingSecret Self);

/// <summary>What an author seals shares with, over all patients; renewed daily. The secrets stay the caller's.</summary>
/// <param name="Set">The custodians.</param>
/// <param name="Secrets">One for each custodian, in their order, for <see cref="SealedFor.Share"/>.</param>
public sealed record CustodianSealing(CustodianSet Set, IReadOnlyList<SealingSecret> Secrets);
