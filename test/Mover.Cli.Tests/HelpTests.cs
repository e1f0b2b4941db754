using Mover.Core.Resources;

namespace Mover.Cli.Tests;

public sealed class HelpTests
{
    public static TheoryData<string> Types => [.. DescribedTypes.All.Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Every_type_of_Storage_Mover_has_verbs_that_ask_for_the_names_above_it(string name)
    {
        var type = DescribedTypes.Find(name) ?? throw new KeyNotFoundException(name);

        var help = await new Shell().RunAsync(type.Word, "show", "--help");

        Assert.Equal(ExitCodes.Ok, help.ExitCode);
        Assert.Contains($"--{type.Word}-name", help.Out, StringComparison.Ordinal);
        for (var above = type.Parent; above is not null; above = above.Parent)
        {
            Assert.Contains($"--{above.Word}-name", help.Out, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("demo")]
    [InlineData("region")]
    [InlineData("server")]
    [InlineData("login")]
    [InlineData("logout")]
    [InlineData("administrator")]
    [InlineData("token")]
    [InlineData("agent")]
    [InlineData("storage-mover")]
    [InlineData("project")]
    [InlineData("endpoint")]
    [InlineData("connection")]
    [InlineData("job-definition")]
    [InlineData("job-run")]
    [InlineData("storage-account")]
    [InlineData("machine")]
    [InlineData("service-principal")]
    [InlineData("secret")]
    [InlineData("group")]
    [InlineData("role-assignment")]
    [InlineData("role-definition")]
    [InlineData("activity-log")]
    [InlineData("copy")]
    [InlineData("plan")]
    [InlineData("verify")]
    [InlineData("recovery")]
    [InlineData("conformance")]
    [InlineData("doctor")]
    [InlineData("zone")]
    public async Task Every_verb_stands_in_the_help_and_has_its_own(string verb)
    {
        var all = await new Shell().RunAsync("--help");
        var own = await new Shell().RunAsync(verb, "--help");

        Assert.Contains($"\n  {verb} ", all.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Ok, own.ExitCode);
        Assert.Contains($"mover {verb}", own.Out.Replace("testhost", "mover", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("storage-mover", "create", "show", "list", "update", "delete", "wait")]
    [InlineData("project", "create", "show", "list", "update", "delete", "wait")]
    [InlineData("connection", "create", "show", "list", "update", "delete", "wait", "approve", "reject")]
    [InlineData("job-definition", "create", "show", "list", "update", "delete", "start-job", "stop-job", "wait")]
    [InlineData("job-run", "show", "list", "watch", "failures")]
    [InlineData("machine", "show", "list", "delete")]
    [InlineData("service-principal", "create", "list", "reset", "delete")]
    [InlineData("agent", "register", "run", "status", "doctor", "unregister", "show", "list", "update", "wait")]
    [InlineData("storage-account", "create", "update", "show", "list", "delete", "set-key")]
    [InlineData("secret", "set", "show", "list", "delete")]
    [InlineData("group", "create", "show", "list", "delete")]
    [InlineData("role-assignment", "create", "list", "delete")]
    [InlineData("role-definition", "list", "show", "create", "update", "delete")]
    [InlineData("activity-log", "list")]
    [InlineData(
        "recovery", "snapshot", "watch", "status", "run", "plan", "deploy", "assign", "grant", "start", "drill", "standby", "activate", "assess", "rules",
        "undo", "new-key")]
    [InlineData("zone", "status")]
    [InlineData("endpoint", "create-for-nfs", "create-for-smb", "create-for-storage-container", "create-for-storage-smb-file-share",
        "create-for-storage-nfs-file-share", "create-for-multi-cloud-connector", "create-for-s3-with-hmac",
        "update-for-nfs", "update-for-smb", "update-for-storage-container", "update-for-storage-smb-file-share",
        "update-for-storage-nfs-file-share", "update-for-multi-cloud-connector", "update-for-s3-with-hmac", "show", "list", "delete",
        "wait", "identity")]
    public async Task A_noun_has_its_verbs(string noun, params string[] verbs)
    {
        var help = await new Shell().RunAsync(noun, "--help");

        Assert.All(verbs, verb => Assert.Contains($"\n  {verb} ", help.Out, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("job-definition create", "--resource-group", "-g", "-n", "--job-definition-name", "--project-name",
        "--storage-mover-name", "--copy-mode", "--source-name", "--target-name", "--source-subpath", "--target-subpath",
        "--agent-name", "--description")]
    [InlineData("endpoint create-for-nfs", "--endpoint-name", "--host", "--export", "--nfs-version", "--endpoint-kind")]
    [InlineData("endpoint create-for-storage-container", "--container-name", "--storage-account-id")]
    [InlineData("endpoint create-for-smb", "--host", "--share-name", "--username-uri", "--password-uri")]
    [InlineData("endpoint create-for-storage-smb-file-share", "--file-share-name", "--storage-account-id", "--endpoint-kind")]
    [InlineData("endpoint create-for-storage-nfs-file-share", "--file-share-name", "--storage-account-id", "--endpoint-kind")]
    [InlineData("endpoint create-for-multi-cloud-connector", "--connector-id", "--multi-cloud-connector-id", "--aws-s3-bucket-id")]
    [InlineData("endpoint create-for-s3-with-hmac", "--source-uri", "--source-type", "--other-source-type-description",
        "--access-key-uri", "--secret-key-uri")]
    [InlineData("endpoint update-for-smb", "--username-uri", "--password-uri", "--description")]
    [InlineData("endpoint update-for-s3-with-hmac", "--access-key-uri", "--secret-key-uri", "--description")]
    [InlineData("endpoint identity assign", "--system-assigned", "--mi-system-assigned", "--user-assigned", "--mi-user-assigned")]
    [InlineData("agent update", "--agent-name", "--description", "--upload-limit-schedule")]
    [InlineData("agent unregister", "--agent-name", "--storage-mover-name", "--yes", "-y")]
    [InlineData("job-definition update", "--agent-name", "--copy-mode", "--schedule", "--connections", "--data-integrity-validation")]
    [InlineData("job-definition delete", "--yes", "-y", "--no-wait")]
    [InlineData("job-definition wait", "--created", "--updated", "--exists", "--deleted", "--interval", "--timeout")]
    [InlineData("role-definition list", "--name", "--scope", "--resource-group", "--custom-role-only")]
    [InlineData("role-definition create", "--role-definition")]
    [InlineData("role-definition update", "--role-definition")]
    [InlineData("role-definition delete", "--name", "--scope", "--yes")]
    [InlineData("job-definition start-job", "--grant")]
    [InlineData("role-assignment create", "--role", "--scope", "--assignee-object-id", "--assignee-principal-type", "--resource-group")]
    [InlineData("role-assignment list", "--all", "--assignee", "--include-inherited")]
    [InlineData("activity-log list", "--start-time", "--end-time", "--offset", "--caller", "--max-events")]
    [InlineData("connection create", "--connection-name", "--private-link-service-id", "--job-list")]
    [InlineData("copy", "--mode", "--check", "--no-preserve", "--symlinks", "--bandwidth", "--concurrency",
        "--memory", "--journal", "--resume", "--delete-guard", "--yes", "--output")]
    [InlineData("recovery standby", "--from", "--to", "--group", "--plan", "--check", "--allow-deletions", "--rules", "--map", "--trust")]
    [InlineData("recovery activate", "--plan", "--from", "--accept-behind", "--trust")]
    [InlineData("recovery watch", "--standby", "--drill", "--to", "--to-server", "--to-data", "--to-token-file", "--report", "--mount")]
    [InlineData("server", "--data", "--urls", "--region", "--zone", "--store", "--config")]
    public async Task A_verb_has_the_flags_that_people_know(string words, params string[] flags)
    {
        var help = await new Shell().RunAsync([.. words.Split(' '), "--help"]);

        Assert.All(flags, flag => Assert.Contains(flag, help.Out, StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_flag_takes_a_secret_as_its_value()
    {
        foreach (var words in new[] { "storage-account set-key", "secret set", "copy", "group list", "agent register", "conformance" })
        {
            var help = await new Shell().RunAsync([.. words.Split(' '), "--help"]);

            Assert.DoesNotMatch(@"--(token|key|sas|password|secret|value)[ ,]", help.Out);
        }
    }
}
