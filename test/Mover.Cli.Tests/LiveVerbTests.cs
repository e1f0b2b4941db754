using System.Text.Json.Nodes;

namespace Mover.Cli.Tests;

/// <summary>Verbs against a real server: what they print, in text and as JSON, and how they end.</summary>
public sealed class LiveVerbTests(LiveVerbTests.Scene scene) : IClassFixture<LiveVerbTests.Scene>, IDisposable
{
    private const string Role = "{Name:'Job Starter',Description:starts,Actions:[Microsoft.StorageMover/*/read,"
        + "Microsoft.StorageMover/storageMovers/projects/jobDefinitions/startJob/action],AssignableScopes:[SCOPE]}";

    private readonly RunningServer _server = scene.Server;

    public void Dispose() => _server.Contract.AssertKept();

    [Fact]
    public async Task A_custom_role_is_made_shown_changed_given_and_deleted()
    {
        var role = Role.Replace("SCOPE", await SubscriptionIdAsync(), StringComparison.Ordinal);

        var made = JsonNode.Parse((await OkAsync("role-definition", "create", "--role-definition", role, "-o", "json")).Out);
        var again = await RunAsync("role-definition", "create", "--role-definition", role);
        var shown = await OkAsync("role-definition", "show", "-n", "job starter", "-o", "tsv");
        var changed = await OkAsync(
            "role-definition", "update", "--role-definition", role.Replace("Description:starts", "Description:changed", StringComparison.Ordinal), "-o", "json");
        var custom = await OkAsync("role-definition", "list", "--custom-role-only");
        var given = await OkAsync("role-assignment", "create", "--role", "Job Starter", "--assignee-object-id", NewId(), "--assignee-principal-type", "User", "-o", "json");
        var held = await RunAsync("role-definition", "delete", "-n", "Job Starter", "--yes");
        await OkAsync("role-assignment", "delete", "--ids", $"{JsonNode.Parse(given.Out)?["id"]}", "--yes");
        await OkAsync("role-definition", "delete", "-n", "Job Starter", "--yes");
        var gone = await RunAsync("role-definition", "show", "-n", "Job Starter");

        Assert.Equal("CustomRole", made?["properties"]?["type"]?.ToString());
        Assert.Equal("Microsoft.StorageMover/*/read", made?["properties"]?["permissions"]?[0]?["actions"]?[0]?.ToString());
        AssertRefused("RoleDefinitionWithSameNameExists", again);
        Assert.Equal($"Job Starter\t{made?["name"]}\tCustomRole\tstarts", shown.Out.TrimEnd());
        Assert.Equal(("changed", made?["name"]?.ToString()), ((string?)JsonNode.Parse(changed.Out)?["properties"]?["description"], (string?)JsonNode.Parse(changed.Out)?["name"]));
        Assert.Contains("Job Starter", custom.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("Owner", custom.Out, StringComparison.Ordinal);
        AssertRefused("RoleDefinitionHasAssignments", held);
        AssertEnds(ExitCodes.NotFound, "RoleNotFound", gone);
    }

    [Fact]
    public async Task Roles_that_cannot_be_are_refused_before_or_by_the_server()
    {
        var noName = await RunAsync("role-definition", "create", "--role-definition", "{Actions:[a/read]}");
        var noObject = await RunAsync("role-definition", "create", "--role-definition", "[a]");
        var noJson = await RunAsync("role-definition", "create", "--role-definition", "{a");
        var missing = await RunAsync("role-definition", "create");
        var builtIn = await RunAsync("role-definition", "delete", "-n", "Reader", "--yes");
        var unknown = await RunAsync("role-definition", "update", "--role-definition", "{Name:Nobody,Actions:[a/read],AssignableScopes:[/]}");
        var unasked = await RunAsync("role-definition", "delete", "-n", "Reader");

        Assert.All(new[] { noName, noObject, noJson, missing, unasked }, ran => Assert.Equal(ExitCodes.Usage, ran.ExitCode));
        Assert.Contains("character", noJson.Error, StringComparison.Ordinal);
        Assert.Contains("--role-definition", missing.Error, StringComparison.Ordinal);
        AssertRefused("RoleDefinitionIsBuiltIn", builtIn);
        AssertEnds(ExitCodes.NotFound, "RoleNotFound", unknown);
    }

    [Fact]
    public async Task The_document_that_show_prints_can_be_given_back()
    {
        var shown = await OkAsync("role-definition", "show", "-n", "Reader", "-o", "json");
        var copy = JsonNode.Parse(shown.Out)!.AsObject();
        copy["properties"]!["roleName"] = "Reader's copy";
        copy["properties"]!["type"] = "CustomRole";
        copy["name"] = NewId();
        copy.Remove("id");
        var file = _server["role.json"];
        File.WriteAllText(file, copy.ToJsonString());

        var made = await OkAsync("role-definition", "create", "--role-definition", "@" + file, "-o", "json");

        Assert.Equal(copy["name"]!.ToString(), JsonNode.Parse(made.Out)?["name"]?.ToString());
        await OkAsync("role-definition", "delete", "-n", copy["name"]!.ToString(), "--yes", "--scope", "/");
    }

    [Fact]
    public async Task A_role_is_given_listed_by_scope_and_taken_away()
    {
        var (who, group) = (NewId(), await GroupAsync("given"));
        string[] given = ["role-assignment", "create", "--role", "Reader", "--assignee-object-id", who, "--assignee-principal-type", "User", "-g", group];

        var made = await OkAsync([.. given, "-o", "tsv"]);
        var repeated = await OkAsync([.. given, "-o", "json"]);
        var other = await RunAsync([.. given, "-n", NewId()]);
        var listed = await OkAsync("role-assignment", "list", "-g", group);
        var above = await OkAsync("role-assignment", "list", "--assignee", who, "-o", "json");
        var all = await OkAsync("role-assignment", "list", "--assignee", who, "--all", "-o", "json");
        await OkAsync("role-assignment", "delete", "--assignee", who, "-g", group, "--yes");
        var after = await OkAsync("role-assignment", "list", "-g", group, "-o", "json");

        Assert.Equal([who, "User", "Reader"], made.Out.TrimEnd().Split('\t')[..3]);
        Assert.Equal("Reader", JsonNode.Parse(repeated.Out)?["roleDefinitionName"]?.ToString());
        AssertRefused("RoleAssignmentExists", other);
        Assert.Contains(who, listed.Out, StringComparison.Ordinal);
        Assert.Equal((0, 1, 0), (Count(above), Count(all), Count(after)));
    }

    [Fact]
    public async Task A_missing_role_and_an_unknown_principal_are_named()
    {
        var noRole = await RunAsync("role-assignment", "create", "--role", "Emperor", "--assignee-object-id", NewId());
        var nobody = await RunAsync("role-assignment", "create", "--role", "Reader", "--assignee-object-id", NewId());
        var unnamed = await RunAsync("role-assignment", "create", "--role", "Reader");
        var nothing = await RunAsync("role-assignment", "delete", "--yes");

        AssertEnds(ExitCodes.NotFound, "RoleNotFound", noRole);
        AssertRefused("PrincipalNotFound", nobody);
        Assert.Equal((ExitCodes.Usage, ExitCodes.Usage), (unnamed.ExitCode, nothing.ExitCode));
    }

    [Fact]
    public async Task Without_a_role_a_caller_is_denied_everywhere_and_the_log_says_so()
    {
        var (objectId, stranger) = await _server.CreateStrangerAsync();
        string[] mover = ["-g", "g", "--storage-mover-name", "m"];

        var denied = new[]
        {
            await stranger.RunAsync("group", "create", "-n", "mine", "-l", "eastus"),
            await stranger.RunAsync(["connection", "list", .. mover]),
            await stranger.RunAsync("role-definition", "create", "--role-definition", "{Name:Mine,Actions:['*'],AssignableScopes:[/]}"),
            await stranger.RunAsync("role-assignment", "create", "--role", "Owner", "--assignee-object-id", objectId),
            await stranger.RunAsync("secret", "show", "--vault-name", "vault", "-n", "s", "--reveal"),
            await stranger.RunAsync("activity-log", "list"),
        };
        var logged = await WaitForAsync(objectId);

        Assert.All(denied, ran => AssertRefused("AuthorizationFailed", ran));
        Assert.All(logged, row => Assert.Equal(["Failed", "Forbidden"], [row.Split('\t')[2], row.Split('\t')[^1]]));
    }

    [Fact]
    public async Task The_activity_log_finds_what_was_done_by_group_status_and_resource()
    {
        var group = await GroupAsync("logged");
        await OkAsync("storage-mover", "create", "-g", group, "-n", "m");
        await OkAsync("project", "create", "-g", group, "--storage-mover-name", "m", "-n", "p");
        var mover = JsonNode.Parse((await OkAsync("storage-mover", "show", "-g", group, "-n", "m", "-o", "json")).Out)?["id"]?.ToString();

        var ofGroup = await OkAsync("activity-log", "list", "-g", group, "-o", "tsv");
        var ofMover = await OkAsync("activity-log", "list", "--resource-id", mover ?? string.Empty, "-o", "json");
        var one = await OkAsync("activity-log", "list", "-g", group, "--max-events", "1", "-o", "json");
        var failed = await OkAsync("activity-log", "list", "-g", group, "--status", "Failed", "-o", "json");
        var before = await OkAsync("activity-log", "list", "-g", group, "--end-time", "2020-01-01T00:00:00Z", "-o", "json");
        var table = await OkAsync("activity-log", "list", "-g", group);
        var wrong = await RunAsync("activity-log", "list", "--max-events", "many");

        Assert.Equal(3, ofGroup.Out.TrimEnd().Split('\n').Length);
        Assert.Equal(2, Count(ofMover));
        Assert.Equal("Microsoft.StorageMover/storageMovers/projects/write", JsonNode.Parse(one.Out)?[0]?["operationName"]?["value"]?.ToString());
        Assert.Equal((1, 0, 0), (Count(one), Count(failed), Count(before)));
        Assert.StartsWith("Time", table.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, wrong.ExitCode);
    }

    [Fact]
    public async Task A_connection_is_asked_for_decided_and_deleted()
    {
        var group = await GroupAsync("private");
        string[] mover = ["-g", group, "--storage-mover-name", "m"];
        await OkAsync("storage-mover", "create", "-g", group, "-n", "m");
        var service = $"{await SubscriptionIdAsync()}/resourceGroups/{group}/providers/Microsoft.Network/privateLinkServices/pls";

        var made = await OkAsync(["connection", "create", .. mover, "-n", "c", "--private-link-service-id", service, "-o", "tsv"]);
        await OkAsync(["connection", "create", .. mover, "-n", "d", "--private-link-service-id", service]);
        var approved = await OkAsync(["connection", "approve", .. mover, "-n", "c", "-o", "json"]);
        var rejected = await OkAsync(["connection", "reject", .. mover, "-n", "d", "-o", "tsv"]);
        var listed = await OkAsync(["connection", "list", .. mover]);
        var unknown = await RunAsync(["connection", "approve", .. mover, "-n", "nope"]);
        var noService = await RunAsync(["connection", "create", .. mover, "-n", "e", "--private-link-service-id", "not-an-id"]);
        var other = await RunAsync(["connection", "create", .. mover, "-n", "c", "--private-link-service-id", service + "2"]);
        await OkAsync(["connection", "delete", .. mover, "-n", "c", "--yes"]);
        var gone = await RunAsync(["connection", "show", .. mover, "-n", "c"]);

        Assert.Equal(["c", "Pending"], made.Out.Split('\t')[..2]);
        Assert.Equal("Approved", JsonNode.Parse(approved.Out)?["properties"]?["connectionStatus"]?.ToString());
        Assert.Equal(["d", "Rejected"], rejected.Out.Split('\t')[..2]);
        Assert.Contains("Approved", listed.Out, StringComparison.Ordinal);
        AssertEnds(ExitCodes.NotFound, "ResourceNotFound", unknown);
        AssertRefused("InvalidRequestPropertyValue", noService);
        AssertRefused("InvalidRequestPropertyValue", other);
        Assert.Equal(ExitCodes.NotFound, gone.ExitCode);
    }

    [Fact]
    public async Task A_secret_is_set_shown_on_demand_listed_and_deleted()
    {
        string[] secret = ["--vault-name", "vault", "-n", "s"];
        var file = _server["value"];
        File.WriteAllText(file, "from a file");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var set = await _server.CreateShell("from stdin\n").RunAsync(["secret", "set", .. secret, "-o", "json"]);
        var again = await OkAsync(["secret", "set", .. secret, "-f", file]);
        var shown = await OkAsync(["secret", "show", .. secret, "-o", "json"]);
        var revealed = await OkAsync(["secret", "show", .. secret, "--reveal", "-o", "json"]);
        var listed = await OkAsync("secret", "list", "--vault-name", "vault");
        var badName = await RunAsync("secret", "show", "--vault-name", "vault", "-n", "not_a_name");
        await OkAsync(["secret", "delete", .. secret, "--yes"]);
        var gone = await RunAsync(["secret", "show", .. secret]);

        Assert.Equal("from a file", JsonNode.Parse(revealed.Out)?["value"]?.ToString());
        Assert.DoesNotContain("from ", set.Out + again.Out + shown.Out + listed.Out, StringComparison.Ordinal);
        Assert.Contains("/secrets/s", listed.Out, StringComparison.Ordinal);
        AssertRefused("BadParameter", badName);
        AssertEnds(ExitCodes.NotFound, "SecretNotFound", gone);
    }

    [Fact]
    public async Task A_storage_account_is_registered_replaced_listed_and_removed()
    {
        var group = await GroupAsync("accounts");

        var made = await OkAsync("storage-account", "create", "-g", group, "-n", "acct", "--sku", "Standard_ZRS", "--tags", "a=b", "-o", "json");
        var listed = await OkAsync("storage-account", "list", "-g", group, "-o", "tsv");
        var wrongName = await RunAsync("storage-account", "create", "-g", group, "-n", "Not-A-Name");
        var noKey = await RunAsync("storage-account", "set-key", "-g", group, "-n", "acct");
        var noGroup = await RunAsync("storage-account", "create", "-g", "nowhere", "-n", "acct", "-l", "eastus");
        await OkAsync("storage-account", "delete", "-g", group, "-n", "acct", "--yes");
        var twice = await OkAsync("storage-account", "delete", "-g", group, "-n", "acct", "--yes");

        Assert.Equal(("Standard_ZRS", "b"), (JsonNode.Parse(made.Out)?["sku"]?["name"]?.ToString(), JsonNode.Parse(made.Out)?["tags"]?["a"]?.ToString()));
        Assert.StartsWith("acct\teastus\tStandard_ZRS\t", listed.Out, StringComparison.Ordinal);
        AssertRefused("AccountNameInvalid", wrongName);
        Assert.Equal(ExitCodes.Usage, noKey.ExitCode);
        AssertEnds(ExitCodes.NotFound, "ResourceGroupNotFound", noGroup);
        Assert.Contains("No storage account is named 'acct'", twice.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_is_shown_refused_and_deleted_with_what_is_in_it()
    {
        var group = await GroupAsync("grouped");
        await OkAsync("storage-mover", "create", "-g", group, "-n", "m");

        var shown = await OkAsync("group", "show", "-n", group, "-o", "tsv");
        var moved = await RunAsync("group", "create", "-n", group, "-l", "westus");
        var nowhere = await RunAsync("group", "create", "-n", "elsewhere", "-l", "mars");
        var badName = await RunAsync("group", "create", "-n", "ends.", "-l", "eastus");
        var badTag = await RunAsync("group", "create", "-n", group, "-l", "eastus", "--tags", "a/b=c");
        await OkAsync("group", "delete", "-n", group, "--yes");
        var gone = await RunAsync("group", "show", "-n", group);
        var inIt = await RunAsync("storage-mover", "show", "-g", group, "-n", "m");

        Assert.Equal($"{group}\teastus\tSucceeded", shown.Out.TrimEnd());
        AssertRefused("InvalidResourceGroupLocation", moved);
        AssertRefused("LocationNotAvailableForResourceGroup", nowhere);
        AssertRefused("InvalidResourceGroup", badName);
        AssertRefused("InvalidTagNameCharacters", badTag);
        AssertEnds(ExitCodes.NotFound, "ResourceGroupNotFound", gone);
        AssertEnds(ExitCodes.NotFound, "ResourceGroupNotFound", inIt);
    }

    [Fact]
    public async Task Shorthand_schedules_a_job_and_waiting_ends_as_it_is_told_to()
    {
        var group = await GroupAsync("waited");
        string[] mover = ["-g", group, "--storage-mover-name", "m"];
        string[] job = [.. mover, "--project-name", "p", "-n", "j"];
        await OkAsync("storage-mover", "create", "-g", group, "-n", "m");
        await OkAsync(["project", "create", .. mover, "-n", "p"]);
        await OkAsync(["endpoint", "create-for-nfs", .. mover, "-n", "src", "--host", "filer", "--export", "/e"]);
        await OkAsync([
            "endpoint", "create-for-storage-container", .. mover, "-n", "dst", "--container-name", "cont", "--storage-account-id",
            $"{await SubscriptionIdAsync()}/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/acct"]);

        var made = await OkAsync([
            "job-definition", "create", .. job, "--copy-mode", "Additive", "--source-name", "src", "--target-name", "dst", "--schedule",
            "{is-active:true,cron-expression:'0 9 * * MON-FRI',start-date:2026-01-01T00:00:00Z,end-date:2099-01-01T00:00:00Z}", "-o", "json"]);
        var wrong = await RunAsync(["job-definition", "update", .. job, "--schedule", "{cron-expression:'61 * * * *'}"]);
        var created = await RunAsync(["job-definition", "wait", .. job, "--created", "--interval", "0.1", "--timeout", "30"]);
        var never = await RunAsync(["job-definition", "wait", .. job, "--deleted", "--interval", "0.1", "--timeout", "0.3"]);
        await OkAsync(["job-definition", "delete", .. job, "--yes", "--no-wait"]);
        var deleted = await RunAsync(["job-definition", "wait", .. job, "--deleted", "--interval", "0.1", "--timeout", "30"]);
        var unsaid = await RunAsync(["project", "wait", .. mover, "-n", "p"]);

        Assert.Equal("0 9 * * MON-FRI", JsonNode.Parse(made.Out)?["properties"]?["schedule"]?["cronExpression"]?.ToString());
        AssertRefused("InvalidRequestPropertyValue", wrong);
        Assert.Equal((ExitCodes.Ok, ExitCodes.Ok, ExitCodes.Usage), (created.ExitCode, deleted.ExitCode, unsaid.ExitCode));
        AssertEnds(ExitCodes.Failed, "WaitTimedOut", never);
    }

    [Fact]
    public async Task An_endpoint_gets_and_loses_its_identities()
    {
        var group = await GroupAsync("identities");
        string[] endpoint = ["-g", group, "--storage-mover-name", "m", "-n", "src"];
        const string User = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/u";
        await OkAsync("storage-mover", "create", "-g", group, "-n", "m");
        await OkAsync(["endpoint", "create-for-nfs", .. endpoint, "--host", "filer", "--export", "/e"]);

        var none = await OkAsync(["endpoint", "identity", "show", .. endpoint, "-o", "json"]);
        var system = await OkAsync(["endpoint", "identity", "assign", .. endpoint, "--system-assigned", "-o", "json"]);
        var both = await OkAsync(["endpoint", "identity", "assign", .. endpoint, "--user-assigned", User, "-o", "json"]);
        var user = await OkAsync(["endpoint", "identity", "remove", .. endpoint, "--system-assigned", "-o", "json"]);
        var last = await OkAsync(["endpoint", "identity", "remove", .. endpoint, "--user-assigned", User, "-o", "json"]);
        var unnamed = await RunAsync(["endpoint", "identity", "assign", .. endpoint]);

        Assert.Equal("{}", none.Out.Trim());
        Assert.Equal("SystemAssigned", TypeOf(system));
        Assert.NotNull(JsonNode.Parse(system.Out)?["principalId"]);
        Assert.Equal("SystemAssigned,UserAssigned", TypeOf(both)?.Replace(" ", string.Empty, StringComparison.Ordinal));
        Assert.Equal("UserAssigned", TypeOf(user));
        Assert.Null(TypeOf(last));
        Assert.Equal(ExitCodes.Usage, unnamed.ExitCode);
    }

    [Theory]
    [InlineData("role-definition list")]
    [InlineData("role-assignment list")]
    [InlineData("activity-log list")]
    [InlineData("secret list --vault-name v")]
    [InlineData("storage-account list")]
    [InlineData("connection list -g g --storage-mover-name m")]
    public async Task Without_a_server_that_answers_every_noun_ends_as_unreachable(string words)
    {
        var nowhere = new Shell { ["MOVER_TOKEN"] = "t", ["MOVER_SERVER"] = "https://127.0.0.1:1", ["MOVER_SUBSCRIPTION"] = "s" };

        AssertEnds(ExitCodes.Unreachable, "Unreachable", await nowhere.RunAsync(words.Split(' ')));
    }

    private static string NewId() => Guid.NewGuid().ToString();

    private static int Count(Ran ran) => JsonNode.Parse(ran.Out)!.AsArray().Count;

    private static string? TypeOf(Ran ran) => JsonNode.Parse(ran.Out)?["type"]?.ToString();

    private static void AssertRefused(string code, Ran ran) => AssertEnds(ExitCodes.Refused, code, ran);

    private static void AssertEnds(int exitCode, string code, Ran ran)
    {
        Assert.Equal((exitCode, string.Empty), (ran.ExitCode, ran.Out));
        Assert.StartsWith($"mover: {code}: ", ran.Error, StringComparison.Ordinal);
    }

    private Task<Ran> RunAsync(params string[] args) => _server.CreateShell().RunAsync(args);

    private async Task<Ran> OkAsync(params string[] args)
    {
        var ran = await RunAsync(args);
        Assert.True(ran.ExitCode == ExitCodes.Ok, $"{string.Join(' ', args)}: {ran.Error}");
        return ran;
    }

    private async Task<string> GroupAsync(string name)
    {
        await OkAsync("group", "create", "-n", name, "-l", "eastus");
        return name;
    }

    private async Task<string> SubscriptionIdAsync()
    {
        var id = JsonNode.Parse((await OkAsync("group", "create", "-n", "any", "-l", "eastus", "-o", "json")).Out)?["id"]?.ToString() ?? string.Empty;
        return string.Join('/', id.Split('/')[..3]);
    }

    // Denials are written a moment after their answer.
    private async Task<string[]> WaitForAsync(string caller)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            limit.Token.ThrowIfCancellationRequested();
            var rows = (await OkAsync("activity-log", "list", "--caller", caller, "-o", "tsv")).Out.TrimEnd();
            if (rows.Length > 0)
            {
                return rows.Split('\n');
            }
        }
    }

    /// <summary>One server for all; every test has a group of its own.</summary>
    public sealed class Scene : IAsyncLifetime
    {
        internal RunningServer Server { get; private set; } = null!;

        public async Task InitializeAsync() => Server = await RunningServer.StartAsync();

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }
}
