using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Cli.Demo;
using Mover.Cli.Frame;
using Mover.State;
using Mover.State.Documents;
using Mover.Testing;

namespace Mover.Cli.Tests;

/// <summary>Containers that are not there, keys and the endpoint that they are bound to, and endpoints that a doctor is asked about.</summary>
public sealed class ContainerTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private Azurite? _blobs;

    public async Task InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("MOVER_AZURITE") is { Length: > 0 })
        {
            var own = Directory.CreateDirectory(_folder["blobs"]).FullName;
            _blobs = await Azurite.StartAsync(own, Terminal.OfProcess(), CancellationToken.None);
            _folder.File("source/one.txt", "one");
            _folder.Secret("key", _blobs.Key);
        }
    }

    public async Task DisposeAsync()
    {
        if (_blobs is not null)
        {
            await _blobs.DisposeAsync();
        }

        _folder.Dispose();
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task A_copy_makes_the_container_when_it_is_told_to_and_otherwise_says_how()
    {
        var without = await CopyAsync();
        var with = await CopyAsync("--create-container");
        var again = await CopyAsync("--create-container");

        Assert.Equal(ExitCodes.NotFound, without.ExitCode);
        Assert.Contains("mover copy --create-container", without.Error, StringComparison.Ordinal);
        Assert.True(with.ExitCode == ExitCodes.Ok, with.Error);
        Assert.Contains("created the container", with.Error, StringComparison.Ordinal);
        Assert.Equal((ExitCodes.Ok, false), (again.ExitCode, again.Error.Contains("created the", StringComparison.Ordinal)));
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task A_key_names_its_endpoint_a_container_is_made_and_a_doctor_finds_what_an_endpoint_lacks()
    {
        await using var server = await RunningServer.StartAsync();
        async Task<Ran> RunAsync(params string[] args)
        {
            var shell = server.CreateShell();
            shell["MOVER_AGENT_DATA"] = _folder["agent"];
            return await shell.RunAsync(args);
        }

        async Task<Ran> OkAsync(params string[] args)
        {
            var ran = await RunAsync(args);
            Assert.True(ran.ExitCode == ExitCodes.Ok, $"{string.Join(' ', args)}: {ran.Error}");
            return ran;
        }

        var endpoint = _blobs!.Address.ToString();
        string[] account = ["-g", "g", "-n", Azurite.Account], mover = ["-g", "g", "--storage-mover-name", "m"];
        await OkAsync("group", "create", "-n", "g", "-l", "eastus");
        var id = $"{JsonNode.Parse((await OkAsync(["storage-account", "create", .. account, "--blob-endpoint", endpoint, "-o", "json"])).Out)?["id"]}";
        await OkAsync("storage-mover", "create", "-g", "g", "-n", "m");
        await OkAsync(["agent", "register", .. mover, "-n", "a"]);
        await OkAsync(["endpoint", "create-for-storage-container", .. mover, "-n", "dst", "--container-name", "made", "--storage-account-id", id]);

        var none = await RunAsync("agent", "doctor", "--endpoint", "nowhere", "-o", "tsv");
        var before = await RunAsync("agent", "doctor", "--endpoint", "dst", "-o", "tsv");
        var elsewhere = await RunAsync(
            ["storage-account", "set-key", .. account, "--key-file", _folder["key"], "--blob-endpoint", "https://other.example.org/"]);
        Assert.Equal(ExitCodes.Refused, elsewhere.ExitCode);
        var set = await OkAsync(["storage-account", "set-key", .. account, "--key-file", _folder["key"]]);
        string[] make = ["storage-account", "create-container", .. account, "--container-name", "made", "--key-file", _folder["key"]];
        var remedy = before.Out.Split('\n').Single(line => line.Contains("\trole\t", StringComparison.Ordinal)).Split('\t')[3].Trim();
        await OkAsync([.. remedy.Replace("'Storage Blob Data Contributor'", "ROLE", StringComparison.Ordinal).Split(' ').Skip(1).Select(w => w == "ROLE" ? "Storage Blob Data Contributor" : w)]);
        var missing = await RunAsync("agent", "doctor", "--endpoint", "dst", "-o", "tsv");
        var made = await OkAsync(make);
        var there = await OkAsync(make);
        var after = await OkAsync("agent", "doctor", "--endpoint", "dst", "-o", "tsv");

        Assert.Equal((ExitCodes.NotReady, ExitCodes.NotReady), (none.ExitCode, before.ExitCode));
        Assert.Contains("fail\tendpoint\t", none.Out, StringComparison.Ordinal);
        Assert.Contains("warn\tkey\t", before.Out, StringComparison.Ordinal);
        Assert.Contains("fail\trole\t", before.Out, StringComparison.Ordinal);
        Assert.Contains($"for {endpoint}; it is not used for any", set.Error, StringComparison.Ordinal);
        Assert.Contains("Created the container", made.Error, StringComparison.Ordinal);
        Assert.Contains("already exists", there.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.NotReady, missing.ExitCode);
        Assert.Contains("ok\tkey\t", missing.Out, StringComparison.Ordinal);
        Assert.Matches("fail\tcontainer\t.*create-container -g g -n .* --container-name made --key-file FILE", missing.Out);
        Assert.All(["endpoint", "account", "key", "container", "role"], check => Assert.Contains($"ok\t{check}\t", after.Out, StringComparison.Ordinal));
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task A_doctor_finds_a_key_that_the_vault_cannot_decrypt()
    {
        var (data, urls) = (_folder["server"], RunningServer.FreeAddress());
        string[] account = ["-g", "g", "-n", Azurite.Account], mover = ["-g", "g", "--storage-mover-name", "m"];
        await using (var server = await RunningServer.StartInAsync(data, "--urls", urls))
        {
            var shell = server.CreateShell();
            shell["MOVER_AGENT_DATA"] = _folder["agent"];
            await shell.RunAsync("group", "create", "-n", "g", "-l", "eastus");
            var made = await shell.RunAsync(["storage-account", "create", .. account, "--blob-endpoint", $"{_blobs!.Address}", "-o", "json"]);
            var id = $"{JsonNode.Parse(made.Out)?["id"]}";
            await shell.RunAsync(["storage-account", "set-key", .. account, "--key-file", _folder["key"]]);
            await shell.RunAsync("storage-mover", "create", "-g", "g", "-n", "m");
            var agent = JsonNode.Parse((await shell.RunAsync(["agent", "register", .. mover, "-n", "a", "-o", "json"])).Out);
            await shell.RunAsync(
                ["endpoint", "create-for-storage-container", .. mover, "-n", "dst", "--container-name", "made", "--storage-account-id", id]);
            var given = await shell.RunAsync(
                "role-assignment", "create", "--role", "Storage Blob Data Contributor", "--assignee-object-id", $"{agent?["principalId"]}",
                "--assignee-principal-type", "ServicePrincipal", "--scope", id);
            Assert.True(given.ExitCode == ExitCodes.Ok, given.Error);
        }

        await SealWithAnotherKeyAsync(data);
        await using var again = await RunningServer.StartInAsync(data, "--urls", urls);
        var doctor = again.CreateShell();
        doctor["MOVER_AGENT_DATA"] = _folder["agent"];
        var ran = await doctor.RunAsync("agent", "doctor", "--endpoint", "dst", "-o", "tsv");

        Assert.Equal(ExitCodes.NotReady, ran.ExitCode);
        var key = Assert.Single(ran.Out.Split('\n'), line => line.StartsWith("fail\tkey\t", StringComparison.Ordinal));
        Assert.Contains("cannot be decrypted", key, StringComparison.Ordinal);
        Assert.Contains("set-key -g g", key, StringComparison.Ordinal);
    }

    // As a state of which the identity, and the vault key in it, is another's.
    private static async Task SealWithAnotherKeyAsync(string data)
    {
        await using var store = await StateEngine.Sqlite.OpenAsync(new(data, true, TimeProvider.System, NullLoggerFactory.Instance), default);
        var entry = Assert.Single((await store.ListAsync("accountkeys/", null, 10, keysOnly: false, default)).Entries);
        var type = (JsonTypeInfo<JsonObject>)JsonSerializerOptions.Default.GetTypeInfo(typeof(JsonObject));
        var changed = await new DocumentStore(store).UpdateAsync(DocumentKey.Internal(entry.Key.Split('/')), type, found =>
        {
            var value = found.Value.DeepClone().AsObject();
            value["value"]!["keyId"] = "0123456789abcdef";
            return value;
        }, new("test", "User", DateTimeOffset.UtcNow, "test"), default);
        Assert.NotNull(changed);
    }

    private Task<Ran> CopyAsync(params string[] more) => new Shell { ["XDG_STATE_HOME"] = _folder["state"] }.RunAsync(
        ["copy", _folder["source"], $"{_blobs!.Address}new-one", "--key-file", _folder["key"], .. more]);
}
