using System.Text;
using EhrLedger.Ledger.Membership;
using EhrLedger.MerkleLog.Notes;
using EhrLedger.MerkleLog.Policies;
using EhrLedger.Node.Settings;

namespace EhrLedger.Node.Keys;

/// <summary>Makes a genesis from descriptors: the default quorum, and as many custodians to open a record.</summary>
internal static class Consortium
{
    /// <param name="name">For people.</param>
    /// <param name="created">When.</param>
    /// <param name="sequencer">One of the members.</param>
    /// <param name="members">In the order that also numbers the custodians.</param>
    /// <param name="recoveryHours">Shortest waiting time before a wallet comes back through its guardians.</param>
    /// <exception cref="StartupException">The descriptors do not make a consortium.</exception>
    public static Genesis Found(string name, DateTimeOffset created, OrganisationId sequencer, IReadOnlyList<MemberDescriptor> members, int recoveryHours = Genesis.UsualRecoveryHours)
    {
        var host = members.FirstOrDefault(member => member.Member.Organisation == sequencer)
            ?? throw new StartupException(ExitCode.Settings, $"The sequencer {sequencer} is none of the members.");
        if (NoteVerifier.Parse(host.LogKey) is not { Type: NoteSignatureType.Ed25519 } logKey)
        {
            throw new StartupException(ExitCode.Settings, $"The descriptor of {host.Member.Name} has no log key.");
        }

        NoteVerifier[] witnesses = [.. members.Select(member => WitnessOf(member.Member))];
        try
        {
            var policy = QuorumPolicy.ForMembers(logKey, witnesses);
            return Genesis.Create(
                name, logKey.Name.Value, created, sequencer, host.LogKey, [.. members.Select(member => member.Member)], Encoding.UTF8.GetString(policy.Encode()),
                QuorumPolicy.SizeFor(members.Count), recoveryHours);
        }
        catch (ArgumentException outOfBounds)
        {
            throw new StartupException(ExitCode.Settings, $"These members do not make a consortium: {outOfBounds.Message}", outOfBounds);
        }
    }

    private static NoteVerifier WitnessOf(Member member) =>
        member.Witness is { } text && NoteVerifier.Parse(text) is { Type: NoteSignatureType.Ed25519Cosignature } witness
            ? witness
            : throw new StartupException(ExitCode.Settings, $"The descriptor of {member.Name} has no witness key.");
}
