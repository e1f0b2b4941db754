using System.Security.Cryptography;
using System.Text;

namespace Mover.Cli.Tests;

/// <summary>What lets the program into a container is shown to that container's service alone.</summary>
public sealed class CredentialTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _signature = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private readonly string _key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));

    public static TheoryData<string> Ways => new(EchoingBlobService.Failures);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Ways))]
    public Task However_a_service_fails_no_sas_is_in_any_output_log_or_file(string way) =>
        AssertNothingIsShownAsync(way, "MOVER_SAS", $"sv=2022-11-02&sp=rwdl&sig={Uri.EscapeDataString(_signature)}");

    [Theory]
    [MemberData(nameof(Ways))]
    public Task However_a_service_fails_no_key_and_no_signature_of_it_is_in_any_output_log_or_file(string way) =>
        AssertNothingIsShownAsync(way, "MOVER_ACCOUNT_KEY", _key);

    [Theory]
    [InlineData("copy")]
    [InlineData("plan")]
    [InlineData("verify")]
    public async Task Without_tls_a_signature_goes_to_another_machine_only_when_a_person_says_so(string verb)
    {
        _folder.File("source/one.txt", "one");
        var shell = new Shell { ["MOVER_SAS"] = $"sv=x&sig={_signature}", ["XDG_STATE_HOME"] = _folder["state"] };

        var ran = await shell.RunAsync(verb, _folder["source"], "http://account.blobs.invalid/container");

        Assert.Equal(ExitCodes.Refused, ran.ExitCode);
        Assert.Contains("Not sending the credential to http://account.blobs.invalid: without TLS", ran.Error, StringComparison.Ordinal);
        Assert.Contains("--allow-http", ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(_signature, ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_given_for_the_target_is_not_shown_to_another_source()
    {
        await using var source = await EchoingBlobService.StartAsync("403");
        await using var target = await EchoingBlobService.StartAsync("403");
        var shell = new Shell { ["MOVER_SAS"] = $"sv=x&sig={_signature}", ["XDG_STATE_HOME"] = _folder["state"] };

        var refused = await shell.RunAsync("copy", source.Container, target.Container);
        var shownBefore = source.Shown.Count;
        shell["MOVER_SOURCE_SAS"] = "sv=x&sig=of-the-source";
        await shell.RunAsync("copy", source.Container, target.Container);

        Assert.Equal((ExitCodes.Usage, 0), (refused.ExitCode, shownBefore));
        Assert.Contains("MOVER_SOURCE_SAS", refused.Error, StringComparison.Ordinal);
        Assert.All(source.Shown, shown => Assert.Contains("of-the-source", shown, StringComparison.Ordinal));
        Assert.DoesNotContain(target.Shown, shown => shown.Contains("of-the-source", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--sas-file")]
    [InlineData("--key-file")]
    public async Task A_secret_file_that_other_users_can_read_is_not_used(string flag)
    {
        _folder.File("source/one.txt", "one");
        var file = _folder.File("secret", $"sig={_signature}");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);

        var ran = await new Shell().RunAsync("copy", _folder["source"], "http://127.0.0.1:1/account/container", flag, file);

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.Contains($"chmod 600 '{file}'", ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(_signature, ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_goes_through_the_proxy_of_the_environment_and_says_when_that_refuses()
    {
        await using var proxy = await EchoingBlobService.StartAsync("403");
        _folder.File("source/one.txt", "one");
        var at = new Uri(proxy.Container);

        var ran = await Shell.RunProgramAsync(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["HTTPS_PROXY"] = $"http://user:a-password@{at.Authority}",
                ["MOVER_SAS"] = $"sv=x&sig={_signature}",
                ["XDG_STATE_HOME"] = _folder["state"],
            },
            "copy", _folder["source"], "https://account.blob.core.windows.net/container");

        Assert.Equal(ExitCodes.Unreachable, ran.ExitCode);
        Assert.Contains("the proxy refused the connection", ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("a-password", ran.Error, StringComparison.Ordinal);
        Assert.Single(proxy.Shown);
    }

    [Theory]
    [InlineData("HTTPS_PROXY", "http://user:a-password@")]
    [InlineData("https_proxy", "ftp://proxy.example:1")]
    [InlineData("http_proxy", "proxy.example:99999")]
    [InlineData("ALL_PROXY", "http://proxy.example:port")]
    public async Task An_invalid_proxy_is_refused_and_not_bypassed(string variable, string value)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { [variable] = value };

        var ran = await Shell.RunProgramAsync(variables, "copy", _folder["source"], _folder["target"]);
        var help = await Shell.RunProgramAsync(variables, "copy", "--help");

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.Contains($"{variable} is not a valid proxy address", ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("a-password", ran.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Ok, help.ExitCode);
    }

    private async Task AssertNothingIsShownAsync(string way, string variable, string secret)
    {
        await using var service = await EchoingBlobService.StartAsync(way);
        _folder.File("source/one.txt", "one");
        var shell = new Shell { Clock = new HastyClock(200), ["XDG_STATE_HOME"] = _folder["state"], [variable] = secret };

        var ran = await shell.RunAsync(
            "copy", _folder["source"], service.Container, "--journal", _folder["journal"], "--debug", "--log-level", "Trace", "-o", "json");

        Assert.NotEqual(ExitCodes.Ok, ran.ExitCode);
        var secrets = Secrets(service);
        Assert.Contains(secrets, one => service.Shown.Any(shown => shown.Contains(one, StringComparison.Ordinal)));
        var said = Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).Select(File.ReadAllText).Append(ran.Out).Append(ran.Error);
        Assert.DoesNotContain(said, text => secrets.Any(one => text.Contains(one, StringComparison.OrdinalIgnoreCase)));
    }

    private string[] Secrets(EchoingBlobService service)
    {
        var signed = service.Shown.Select(shown => shown.Split(' ')[^1].Split(':')[^1]).Where(part => part.Length > 20);
        return
        [
            _signature, Uri.EscapeDataString(_signature), _signature.TrimEnd('='), Convert.ToHexString(Encoding.ASCII.GetBytes(_signature)),
            _key, _key.TrimEnd('='), .. signed,
        ];
    }
}
