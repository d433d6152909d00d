using System.Net;
using EhrLedger.Cli.Shell;
using EhrLedger.Tests.Cli.Shell;
using NUnit.Framework;

namespace EhrLedger.Tests.Cli.Importing;

public sealed class ImportCommandTests
{
    private TemporaryFolder _folder = null!;
    private FhirServerInMemory _server = null!;

    [SetUp]
    public void Open()
    {
        _folder = new TemporaryFolder();
        _server = new FhirServerInMemory();
    }

    [TearDown]
    public void Close()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task Sends_the_directory_before_the_patients()
    {
        WriteAll("a-patient", "b-patient", "c-clinics", "d-practitionerInformation1", "e-hospitalInformation1");
        var run = await ImportAsync();
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Fine), run.Error);
        Assert.That(_server.Posted.Take(3), Is.EqualTo(new[] { "e-hospitalInformation1", "d-practitionerInformation1", "c-clinics" }));
        Assert.That(_server.Posted.Skip(3), Is.EquivalentTo(new[] { "a-patient", "b-patient" }));
        Assert.That(run.Output, Does.StartWith("5 files taken, 0 taken before, 0 failed; 7 resources, "));
    }

    [Test]
    public async Task Sends_each_file_once_also_over_several_runs()
    {
        WriteAll("a-patient", "b-patient");
        await ImportAsync();
        WriteAll("c-patient");
        File.Move(_folder["a-patient.json"], _folder["renamed.json"]);
        var run = await ImportAsync();
        Assert.That(_server.Posted, Is.EquivalentTo(new[] { "a-patient", "b-patient", "c-patient" }));
        Assert.That(run.Output, Does.StartWith("1 file taken, 2 taken before, 0 failed"));
    }

    [Test]
    public async Task Says_why_a_file_was_refused_and_sends_the_others()
    {
        WriteAll("a-patient", "b-patient");
        _server.Answer = id => id == "a-patient" ? FhirServerInMemory.Refuse(HttpStatusCode.UnprocessableEntity, "No such code\nhere.") : new(HttpStatusCode.OK);
        var run = await ImportAsync();
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Finding));
        Assert.That(run.Error.Trim(), Is.EqualTo("a-patient.json: HTTP 422: Bundle.entry[1]: No such code here."));
        Assert.That(run.Output, Does.StartWith("1 file taken, 0 taken before, 1 failed"));
    }

    [Test]
    public async Task Sends_a_refused_file_again_in_the_next_run()
    {
        WriteAll("a-patient");
        _server.Answer = _ => FhirServerInMemory.Refuse(HttpStatusCode.UnprocessableEntity, "Wrong.");
        await ImportAsync();
        _server.Answer = _ => new(HttpStatusCode.OK);
        Assert.That((await ImportAsync()).ExitCode, Is.EqualTo(ExitCode.Fine));
        Assert.That(_server.Posted, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Waits_for_a_server_that_is_busy([Values(HttpStatusCode.ServiceUnavailable, HttpStatusCode.TooManyRequests)] HttpStatusCode busy)
    {
        WriteAll("a-patient");
        var left = 3;
        _server.Answer = _ => new(left-- > 0 ? busy : HttpStatusCode.OK);
        Assert.That((await ImportAsync()).ExitCode, Is.EqualTo(ExitCode.Fine));
        Assert.That(_server.Posted, Has.Count.EqualTo(4));
    }

    [Test]
    public async Task Gives_a_busy_server_up_after_eight_times()
    {
        WriteAll("a-patient");
        _server.Answer = _ => new(HttpStatusCode.ServiceUnavailable);
        var run = await ImportAsync();
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Finding));
        Assert.That(run.Error.Trim(), Is.EqualTo("a-patient.json: the server was too busy to take it (HTTP 503)."));
        Assert.That(_server.Posted, Has.Count.EqualTo(8));
    }

    [Test]
    public async Task Does_not_send_a_patient_twice_where_the_answer_was_lost()
    {
        WriteAll("a-patient");
        _server.Answer = _ => throw new HttpRequestException(HttpRequestError.ResponseEnded);
        var lost = await ImportAsync();
        Assert.That((lost.ExitCode, lost.Error.Trim()), Is.EqualTo((ExitCode.Finding, "a-patient.json: it may have been taken, or in part (the connection broke).")));

        _server.Answer = _ => new(HttpStatusCode.OK);
        var again = await ImportAsync();
        Assert.That(again.ExitCode, Is.EqualTo(ExitCode.Finding));
        Assert.That(again.Error, Does.Contain("may have been taken").And.Contains("--resend"));
        Assert.That(_server.Posted, Has.Count.EqualTo(1));

        Assert.That((await ImportAsync("--resend")).ExitCode, Is.EqualTo(ExitCode.Fine));
        Assert.That(_server.Posted, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Sends_again_at_once_what_may_be_sent_twice()
    {
        WriteAll("clinics");
        var left = 2;
        _server.Answer = _ => left-- > 0 ? throw new HttpRequestException(HttpRequestError.ResponseEnded) : new(HttpStatusCode.OK);
        Assert.That((await ImportAsync()).ExitCode, Is.EqualTo(ExitCode.Fine));
        Assert.That(_server.Posted, Has.Count.EqualTo(3));
    }

    [Test]
    public async Task Stops_where_the_server_is_gone_and_goes_on_later()
    {
        WriteAll("a-patient", "b-patient", "c-patient");
        _server.Answer = id => id == "a-patient" ? new(HttpStatusCode.OK) : throw new HttpRequestException(HttpRequestError.ConnectionError);
        var run = await ImportAsync("--workers", "1");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Unreachable));
        Assert.That(run.Output, Does.StartWith("1 file taken, 0 taken before, 1 failed, 1 not sent"));
        Assert.That(_server.Posted, Does.Not.Contain("c-patient"));

        _server.Answer = _ => new(HttpStatusCode.OK);
        Assert.That((await ImportAsync()).Output, Does.StartWith("2 files taken, 1 taken before, 0 failed"));
    }

    [Test]
    public async Task Finishes_what_is_under_way_where_it_is_stopped()
    {
        WriteAll("a-patient", "b-patient");
        using var stop = new CancellationTokenSource();
        _server.Answer = _ =>
        {
            stop.Cancel();
            return new(HttpStatusCode.OK);
        };
        var run = await CliRun.OfAsync(_server, "", stop.Token, "import", FhirServerInMemory.Address, _folder.Path, "--workers", "1");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Cancelled));
        Assert.That(run.Output, Does.StartWith("1 file taken, 0 taken before, 0 failed, 1 not sent"));
        Assert.That((await ImportAsync()).Output, Does.StartWith("1 file taken, 1 taken before"));
        Assert.That(_server.Posted, Is.EqualTo(new[] { "a-patient", "b-patient" }));
    }

    [Test]
    public async Task Tells_which_entry_of_a_batch_failed()
    {
        _folder.Write("batch.json", Bundles.OfDirectory("batch", "batch"));
        _server.Answer = _ => FhirServerInMemory.Say(HttpStatusCode.OK, """{"resourceType":"Bundle","entry":[{"response":{"status":"422 No"}}]}""");
        var run = await ImportAsync();
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Finding));
        Assert.That(run.Error, Does.Contain("entry 0: 422 No"));
    }

    [Test]
    public async Task Passes_over_what_is_no_Bundle_and_reports_what_is_broken()
    {
        WriteAll("a-patient");
        _folder.Write("package.json", "{}");
        var run = await ImportAsync();
        Assert.That((run.ExitCode, run.Error.Trim()), Is.EqualTo((ExitCode.Fine, "package.json: passed over, it is no Bundle.")));
        _folder.Write("broken.json", "{");
        var second = await ImportAsync();
        Assert.That(second.ExitCode, Is.EqualTo(ExitCode.Finding));
        Assert.That(second.Error, Does.Contain("broken.json: it is not JSON."));
    }

    [Test]
    public async Task Takes_one_file_and_a_state_of_its_own()
    {
        WriteAll("a-patient", "b-patient");
        var run = await CliRun.OfAsync(_server, "import", FhirServerInMemory.Address, _folder["a-patient.json"], "--state", _folder["mine"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Fine), run.Error);
        Assert.That(_server.Posted, Is.EqualTo(new[] { "a-patient" }));
        Assert.That(File.ReadAllText(_folder["mine"]), Does.Contain("done ").And.Not.Contains("a-patient"));
    }

    [Test]
    public async Task Sends_nothing_to_what_is_no_FHIR_server()
    {
        WriteAll("a-patient");
        _server.Metadata = "<html>";
        Assert.That((await ImportAsync()).ExitCode, Is.EqualTo(ExitCode.Unreachable));
        Assert.That(_server.Posted, Is.Empty);
    }

    [Test]
    public async Task Says_where_there_is_nothing_to_send() => Assert.That((await ImportAsync()).ExitCode, Is.EqualTo(ExitCode.Usage));

    private void WriteAll(params string[] names)
    {
        foreach (var name in names)
        {
            _folder.Write(name + ".json", name.Contains("patient", StringComparison.Ordinal) ? Bundles.OfPatient(name) : Bundles.OfDirectory(name));
        }
    }

    private Task<CliRun> ImportAsync(params string[] options) => CliRun.OfAsync(_server, ["import", FhirServerInMemory.Address, _folder.Path, .. options]);
}
