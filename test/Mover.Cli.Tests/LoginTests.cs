using System.Text.Json.Nodes;

namespace Mover.Cli.Tests;

/// <summary>Signing in, out, and being signed out by a new secret.</summary>
public sealed class LoginTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private RunningServer _server = null!;

    private string StateFile => _folder["state/mover/login.json"];

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync();

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_second_administrator_signs_in_works_and_signs_out()
    {
        var made = await SecondAdministratorAsync();

        var login = await LoginAsync(made, "@" + _folder.Secret("secret", made.Secret));
        var mode = File.GetUnixFileMode(StateFile);
        var kept = await File.ReadAllTextAsync(StateFile);
        var group = await Person().RunAsync("group", "create", "-n", "g", "-l", "eastus");
        var elsewhere = await Person().RunAsync("group", "list", "--server", "https://127.0.0.1:1");
        var logout = await Person().RunAsync("logout");
        var after = await Person().RunAsync("group", "list");

        Assert.True(login.ExitCode == ExitCodes.Ok, login.Error);
        Assert.Contains(made.AppId, login.Error, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
        Assert.DoesNotContain(made.Secret, kept, StringComparison.Ordinal);
        Assert.Equal((ExitCodes.Ok, string.Empty), (group.ExitCode, group.Error));
        Assert.Equal(ExitCodes.Usage, elsewhere.ExitCode);
        Assert.Contains("No token specified", elsewhere.Error, StringComparison.Ordinal);
        Assert.Equal((ExitCodes.Ok, false), (logout.ExitCode, File.Exists(StateFile)));
        Assert.Contains("mover login", after.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sign_in_that_the_environment_passes_over_is_told_and_one_that_means_the_same_is_not()
    {
        Shell Both() => new() { ["XDG_STATE_HOME"] = _folder["state"], ["MOVER_DATA"] = _server.DataFolder };
        await Both().RunAsync("login");
        var same = await Both().RunAsync("group", "list");
        var made = await SecondAdministratorAsync();
        await LoginAsync(made, "@" + _folder.Secret("secret", made.Secret));

        var other = await Both().RunAsync("group", "list");
        var byFlag = await Person().RunAsync("group", "list", "--data", _server.DataFolder);
        await File.WriteAllTextAsync(StateFile, "{");
        var broken = await Both().RunAsync("group", "list");
        var help = await Person().RunAsync("group", "list", "--help");

        Assert.Equal([ExitCodes.Ok, ExitCodes.Ok, ExitCodes.Ok, ExitCodes.Ok], [same.ExitCode, other.ExitCode, byFlag.ExitCode, broken.ExitCode]);
        Assert.StartsWith("mover: using MOVER_DATA (the administrator at " + _server.Url, other.Error, StringComparison.Ordinal);
        Assert.Contains($"instead of the sign-in as {made.AppId} at {_server.Url}.", other.Error, StringComparison.Ordinal);
        Assert.All([same, byFlag, broken], ran => Assert.Equal(string.Empty, ran.Error));
        Assert.Contains("which takes precedence over `mover login`", string.Join(' ', help.Out.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_secret_comes_from_the_environment_standard_input_or_a_person_and_never_from_an_argument()
    {
        var made = await SecondAdministratorAsync();

        var fromEnvironment = await RunLoginAsync(new Shell { ["MOVER_CLIENT_SECRET"] = made.Secret }, made);
        var fromInput = await RunLoginAsync(new Shell { Input = made.Secret + "\n" }, made, "-p", "-");
        var asArgument = await RunLoginAsync(new Shell(), made, "-p", made.Secret);
        var fromOpenFile = await RunLoginAsync(new Shell(), made, "-p", "@" + _folder.File("open", made.Secret));
        var none = await RunLoginAsync(new Shell(), made);
        var wrong = await RunLoginAsync(new Shell { ["MOVER_CLIENT_SECRET"] = "wrong" }, made);

        Assert.Equal((ExitCodes.Ok, ExitCodes.Ok), (fromEnvironment.ExitCode, fromInput.ExitCode));
        Assert.All(new[] { asArgument, fromOpenFile, none }, ran => Assert.Equal(ExitCodes.Usage, ran.ExitCode));
        Assert.DoesNotContain(made.Secret, asArgument.Error, StringComparison.Ordinal);
        Assert.StartsWith("mover: SignInRefused: ", wrong.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Refused, wrong.ExitCode);
    }

    [Fact]
    public async Task A_new_secret_of_a_service_principal_signs_the_old_one_out_at_once()
    {
        var made = await SecondAdministratorAsync();
        await LoginAsync(made, "@" + _folder.Secret("secret", made.Secret));

        var reset = await _server.CreateShell().RunAsync("service-principal", "reset", "--app-id", made.AppId, "--yes", "-o", "json");
        var oldToken = await Person().RunAsync("group", "list");
        var oldSecret = await LoginAsync(made, "@" + _folder["secret"]);
        var (_, secret) = Read(reset);
        var newSecret = await LoginAsync(made, "@" + _folder.Secret("new", secret));

        Assert.StartsWith("mover: InvalidAuthenticationToken: ", oldToken.Error, StringComparison.Ordinal);
        Assert.Equal(
            (ExitCodes.Refused, ExitCodes.Refused, ExitCodes.Ok), (oldToken.ExitCode, oldSecret.ExitCode, newSecret.ExitCode));
        Assert.Equal(ExitCodes.Ok, (await Person().RunAsync("group", "list")).ExitCode);
    }

    [Theory]
    [InlineData("service-principal reset --yes -o json --app-id")]
    [InlineData("administrator reset-secret --yes -o json")]
    public async Task A_new_secret_of_the_administrator_counts_at_once_whether_an_owner_or_the_host_makes_it(string words)
    {
        var shown = JsonNode.Parse((await _server.CreateShell().RunAsync("administrator", "show", "-o", "json")).Out);
        var old = $"{JsonNode.Parse(await File.ReadAllTextAsync($"{shown?["secretFile"]}"))?["clientSecret"]}";
        var login = await new Shell { ["XDG_STATE_HOME"] = _folder["state"], ["MOVER_DATA"] = _server.DataFolder }.RunAsync("login");
        var before = await Person().RunAsync("group", "list");

        var reset = await _server.CreateShell().RunAsync([.. words.Split(' '), .. words.EndsWith("id", StringComparison.Ordinal) ? [$"{shown?["appId"]}"] : Array.Empty<string>()]);
        var oldToken = await Person().RunAsync("group", "list");
        var who = Read(reset);
        var oldSecret = await LoginAsync((who.AppId, old), "@" + _folder.Secret("old", old));
        var newSecret = await LoginAsync(who, "@" + _folder.Secret("new", who.Secret));

        Assert.Equal((ExitCodes.Ok, ExitCodes.Ok, ExitCodes.Ok), (login.ExitCode, before.ExitCode, reset.ExitCode));
        Assert.Equal(
            (ExitCodes.Refused, ExitCodes.Refused, ExitCodes.Ok), (oldToken.ExitCode, oldSecret.ExitCode, newSecret.ExitCode));
        Assert.Equal(ExitCodes.Ok, (await Person().RunAsync("group", "list")).ExitCode);
    }

    [Fact]
    public async Task A_sign_in_that_has_ended_says_so_and_how_to_sign_in_again()
    {
        var made = await SecondAdministratorAsync();
        await LoginAsync(made, "@" + _folder.Secret("secret", made.Secret));

        var later = await new Shell { ["XDG_STATE_HOME"] = _folder["state"], Clock = new LaterClock() }.RunAsync("group", "list");

        var again = await new Shell { ["XDG_STATE_HOME"] = _folder["state"], ["MOVER_CLIENT_SECRET"] = made.Secret }.RunAsync(
            later.Error[later.Error.IndexOf("login", StringComparison.Ordinal)..].Trim().Split(' '));

        Assert.Equal((ExitCodes.Refused, ExitCodes.Ok), (later.ExitCode, again.ExitCode));
        Assert.StartsWith("mover: SignInEnded: ", later.Error, StringComparison.Ordinal);
        Assert.Contains($"mover login --server {_server.Url} --service-principal -u {made.AppId}", later.Error, StringComparison.Ordinal);
    }

    private sealed class LaterClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => TimeProvider.System.GetUtcNow().AddHours(1);
    }

    private static (string AppId, string Secret) Read(Ran ran)
    {
        Assert.True(ran.ExitCode == ExitCodes.Ok, ran.Error);
        var made = JsonNode.Parse(ran.Out);
        return ($"{made?["appId"]}", $"{made?["password"]}");
    }

    private async Task<(string AppId, string Secret)> SecondAdministratorAsync()
    {
        var made = await _server.CreateShell().RunAsync("service-principal", "create", "-n", "second", "-o", "json");
        var id = $"{JsonNode.Parse(made.Out)?["id"]}";
        var given = await _server.CreateShell().RunAsync("role-assignment", "create", "--role", "Owner", "--assignee-object-id", id);
        Assert.True(given.ExitCode == ExitCodes.Ok, given.Error);
        return Read(made);
    }

    // Nothing but the sign-in says where and as whom.
    private Shell Person() => new() { ["XDG_STATE_HOME"] = _folder["state"] };

    private Task<Ran> LoginAsync((string AppId, string Secret) who, string password) => RunLoginAsync(new Shell(), who, "-p", password);

    private Task<Ran> RunLoginAsync(Shell shell, (string AppId, string Secret) who, params string[] more)
    {
        shell["XDG_STATE_HOME"] = _folder["state"];
        return shell.RunAsync([
            "login", "--service-principal", "-u", who.AppId, "--server", _server.Url, "--ca", Path.Combine(_server.DataFolder, "tls/ca.pem"),
            .. more]);
    }
}
