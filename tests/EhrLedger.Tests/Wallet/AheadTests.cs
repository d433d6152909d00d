using EhrLedger.Wallet;
using NUnit.Framework;

namespace EhrLedger.Tests.Wallet;

public sealed class AheadTests
{
    [Test]
    public async Task Answers_come_in_order_whichever_is_there_first_and_no_more_than_a_few_are_on_the_line()
    {
        var lines = Enumerable.Range(0, 20).Select(_ => new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously)).ToList();
        var asked = new List<int>();
        await using var answers = Ahead.AskAsync([.. Enumerable.Range(0, lines.Count)], item =>
        {
            asked.Add(item);
            return lines[item].Task;
        }).GetAsyncEnumerator();

        var first = answers.MoveNextAsync().AsTask();
        Assert.That(asked, Is.EqualTo(Enumerable.Range(0, Ahead.Most)), "several are asked before the first has answered");
        lines[3].SetResult(30);
        Assert.That(first.IsCompleted, Is.False, "the first is waited for");
        for (var i = 0; i < lines.Count; i++)
        {
            lines[i].TrySetResult(i * 10);
            Assert.That(i == 0 ? await first : await answers.MoveNextAsync());
            Assert.That(answers.Current, Is.EqualTo((i, i * 10)));
            Assert.That(asked, Has.Count.LessThanOrEqualTo(i + Ahead.Most));
        }

        Assert.That(await answers.MoveNextAsync(), Is.False);
        Assert.That(asked, Is.EqualTo(Enumerable.Range(0, lines.Count)), "each once");
    }

    [Test]
    public async Task One_that_fails_fails_when_its_turn_comes()
    {
        await using var answers = Ahead.AskAsync([0, 1], item => item == 1 ? Task.FromException<int>(new IOException()) : Task.FromResult(item)).GetAsyncEnumerator();

        Assert.That(await answers.MoveNextAsync());
        Assert.That(answers.Current.Answer, Is.Zero);
        Assert.That(async () => await answers.MoveNextAsync(), Throws.InstanceOf<IOException>());
    }
}
