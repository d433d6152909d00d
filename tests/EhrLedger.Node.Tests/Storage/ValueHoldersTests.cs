using EhrLedger.Node.Authoring;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Storage;

public sealed class ValueHoldersTests
{
    private readonly HashSet<long> _table = [];
    private readonly List<long> _looked = [];
    private ValueHolders _holders = null!;

    [SetUp]
    public void AddPatients()
    {
        var patients = new PatientDirectory(null!, null!, null!);
        for (var row = 1; row <= 1_000; row++)
        {
            patients.Add(new Patient(row, $"p{row}", $"{row}", provisional: true));
        }

        _table.Clear();
        _holders = new ValueHolders(patients);
    }

    [Test]
    public void Looks_at_all_once_and_then_only_at_those_who_were_written_about()
    {
        _table.UnionWith([0, 7, 9]);
        Assert.That(Find(), Is.EquivalentTo(new[] { 0, 7, 9 }));
        Assert.That(_looked, Has.Count.EqualTo(1_001));
        Assert.That(Find(), Is.EquivalentTo(new[] { 0, 7, 9 }));
        Assert.That(_looked, Is.Empty);

        _table.Add(500);
        _holders.Changed(500);
        _holders.Changed(501);
        _holders.Changed(9);
        _holders.Changed(500);
        Assert.That(Find(), Is.EquivalentTo(new[] { 0, 7, 9, 500 }));
        Assert.That(_looked, Is.EquivalentTo(new[] { 500, 501 }), "who has it already is not looked at again");
    }

    [Test]
    public void What_is_written_while_it_looks_is_looked_at_the_next_time()
    {
        Assert.That(_holders.Find("v", Look, CancellationToken.None), Is.Empty);
        Assert.That(Find(), Is.EqualTo(new[] { 3 }));

        IEnumerable<long> Look(IReadOnlyList<long> rows)
        {
            if (rows.Contains(999))
            {
                _table.Add(3);
                _holders.Changed(3);
            }

            return [];
        }
    }

    [Test]
    public void After_more_changes_than_it_remembers_it_looks_at_all_again()
    {
        Find();
        for (var i = 0; i < 70_000; i++)
        {
            _holders.Changed(1);
        }

        _table.Add(2);
        Assert.That(Find(), Is.EqualTo(new[] { 2 }));
        Assert.That(_looked, Has.Count.EqualTo(1_001));
    }

    [Test]
    public void One_that_was_given_up_leaves_nothing_half_known()
    {
        _table.Add(1_000);
        using var giveUp = new CancellationTokenSource();
        Assert.That(
            () => _holders.Find("v", rows => { giveUp.Cancel(); return []; }, giveUp.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Find(), Is.EqualTo(new[] { 1_000 }));
    }

    private IReadOnlyList<long> Find()
    {
        _looked.Clear();
        return _holders.Find("v", rows =>
        {
            _looked.AddRange(rows);
            return rows.Where(_table.Contains);
        }, CancellationToken.None);
    }
}
