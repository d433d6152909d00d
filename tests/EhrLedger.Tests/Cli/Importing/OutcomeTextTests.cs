using System.Text;
using EhrLedger.Cli.Importing;
using NUnit.Framework;

namespace EhrLedger.Tests.Cli.Importing;

public sealed class OutcomeTextTests
{
    [TestCase("""{"resourceType":"OperationOutcome","issue":[{"diagnostics":"Wrong.","expression":["Bundle.entry[3]"]}]}""", "HTTP 422: Bundle.entry[3]: Wrong.")]
    [TestCase("""{"resourceType":"OperationOutcome","issue":[{"details":{"text":"Worse."}},{"code":"invalid"}]}""", "HTTP 422: Worse.; invalid")]
    [TestCase("""{"resourceType":"OperationOutcome","issue":[{"code":"a"},{"code":"b"},{"code":"c"},{"code":"d"},{}]}""", "HTTP 422: a; b; c; and 2 more")]
    [TestCase("""{"resourceType":"OperationOutcome","issue":[7]}""", "HTTP 422: no reason given")]
    [TestCase("""{"resourceType":"OperationOutcome","issue":7}""", "HTTP 422")]
    [TestCase("<html>", "HTTP 422")]
    [TestCase("", "HTTP 422")]
    [TestCase("[1]", "HTTP 422")]
    public void Says_why_a_server_refused(string body, string text) => Assert.That(OutcomeText.OfRefusal(422, Encoding.UTF8.GetBytes(body)), Is.EqualTo(text));

    [TestCase("""{"resourceType":"Bundle","entry":[{"response":{"status":"201 Created"}},{"response":{"status":"200"}}]}""", "")]
    [TestCase("""{"resourceType":"Bundle","entry":[{"response":{"status":"201"}},{"response":{"status":"422 No","outcome":{"resourceType":"OperationOutcome","issue":[{"diagnostics":"Wrong."}]}}}]}""", "entry 1: 422 No: Wrong.")]
    [TestCase("""{"resourceType":"Bundle","entry":[{},7]}""", "entry 0: no status; entry 1: no status")]
    [TestCase("""{"resourceType":"Bundle"}""", null)]
    [TestCase("""{"resourceType":"OperationOutcome"}""", null)]
    [TestCase("nonsense", null)]
    public void Says_which_entries_of_a_batch_failed(string body, string? text) => Assert.That(OutcomeText.OfBatch(Encoding.UTF8.GetBytes(body)), Is.EqualTo(text));
}
