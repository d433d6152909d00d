using System.Text;
using EhrLedger.MerkleLog.Notes;
using EhrLedger.MerkleLog.Policies;
using NUnit.Framework;

namespace EhrLedger.Tests.MerkleLog.Policies;

public sealed class QuorumPolicyTests
{
    [TestCase(1, 1)]
    [TestCase(2, 2)]
    [TestCase(3, 2)]
    [TestCase(4, 3)]
    [TestCase(5, 4)]
    [TestCase(6, 5)]
    [TestCase(7, 5)]
    [TestCase(9, 7)]
    [TestCase(10, 7)]
    [TestCase(63, 43)]
    public void Asks_for_more_than_two_thirds_from_four_members_on(int members, int quorum) =>
        Assert.That(QuorumPolicy.SizeFor(members), Is.EqualTo(quorum));

    [Test]
    public void Lets_any_two_quorums_share_more_members_than_may_lie()
    {
        for (int members = 4; members <= QuorumPolicy.MaxMembers; members++)
        {
            int liars = (members - 1) / 3;
            Assert.That((2 * QuorumPolicy.SizeFor(members)) - members, Is.GreaterThan(liars), $"{members}");
        }
    }

    [Test]
    public void Is_satisfied_by_exactly_its_size([Values(1, 2, 3, 4, 5, 7)] int members)
    {
        NoteVerifier[] all = [.. Enumerable.Range(1, members).Select(member => TestKeys.Witness(member).Verifier)];
        WitnessPolicy policy = QuorumPolicy.ForMembers(TestKeys.Log.Verifier, all);
        for (int signed = 0; signed <= members; signed++)
        {
            Assert.That(policy.IsSatisfiedBy(all.Take(signed)), Is.EqualTo(signed >= QuorumPolicy.SizeFor(members)));
            Assert.That(policy.IsSatisfiedBy(all.TakeLast(signed)), Is.EqualTo(signed >= QuorumPolicy.SizeFor(members)));
        }
    }

    [Test]
    public void Is_written_as_the_golden_file_has_it()
    {
        NoteVerifier[] all = [.. Enumerable.Range(1, 4).Select(member => TestKeys.Witness(member).Verifier)];
        Assert.That(
            Encoding.UTF8.GetString(QuorumPolicy.ForMembers(TestKeys.Log.Verifier, all).Encode()),
            Is.EqualTo(Encoding.UTF8.GetString(GoldenFiles.Read("policy-of-four"))));
    }

    [Test]
    public void Is_not_made_of_other_keys_than_Ed25519_cosigners()
    {
        NoteVerifier member = TestKeys.Witness(1).Verifier;
        Assert.Throws<ArgumentException>(() => QuorumPolicy.ForMembers(TestKeys.Log.Verifier, [TestKeys.QuantumSafeWitness(1).Verifier]));
        Assert.Throws<ArgumentException>(() => QuorumPolicy.ForMembers(TestKeys.Log.Verifier, [member, member]));
        Assert.Throws<ArgumentException>(() => QuorumPolicy.ForMembers(member, [member]));
        Assert.Throws<ArgumentOutOfRangeException>(() => QuorumPolicy.ForMembers(TestKeys.Log.Verifier, []));
    }
}
