namespace Mover.Cli.Tests;

public sealed class ExitCodeTests
{
    [Fact]
    public async Task The_program_tells_its_version_and_commit()
    {
        var ran = await Shell.RunProgramAsync("--version");

        Assert.Equal((ExitCodes.Ok, string.Empty), (ran.ExitCode, ran.Error));
        Assert.Matches(@"^\d+\.\d+\.\d+\+[0-9a-f]{12}\s*$", ran.Out);
    }

    [Fact]
    public async Task A_wrong_word_exits_with_the_usage_code_and_says_where_help_is()
    {
        var ran = await Shell.RunProgramAsync("project", "creat");

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.Contains("mover project --help", ran.Error, StringComparison.Ordinal);
        Assert.Empty(ran.Out);
    }

    [Theory]
    [InlineData("storage-mover", "stroage-mover", "list")]
    [InlineData("list", "project", "lst")]
    [InlineData("--storage-mover-name", "project", "list", "-g", "g", "--storage-mover-nmae", "m")]
    [InlineData("--mode", "copy", "/a", "/b", "--mod", "mirror")]
    public async Task A_slip_in_a_verb_or_flag_is_answered_with_what_was_meant(string meant, params string[] args)
    {
        var ran = await new Shell().RunAsync(args);

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.Contains($"Did you mean '{meant}'?", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unrelated_word_gets_no_suggestion()
    {
        var ran = await new Shell().RunAsync("project", "frobnicate");

        Assert.DoesNotContain("Did you mean", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_documented_exit_codes_are_those_of_the_program()
    {
        var documented = File.ReadLines(Path.Combine(Root(), "docs", "exit-codes.md"))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length > 3 && int.TryParse(cells[1], out _))
            .Select(cells => $"{cells[2]} = {cells[1]}");

        var coded = typeof(ExitCodes).GetFields().Select(field => $"{field.Name} = {field.GetRawConstantValue()}");

        Assert.Equal(coded, documented);
    }

    [Fact]
    public async Task Every_missing_flag_is_named_at_once()
    {
        var ran = await new Shell().RunAsync("job-definition", "create", "-g", "g");

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.All(["--storage-mover-name", "--project-name", "--name", "--copy-mode", "--source-name", "--target-name"],
            flag => Assert.Contains(flag, ran.Error, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--data", "server", "--data", "")]
    [InlineData("--urls", "server", "--urls", "")]
    [InlineData("--data", "token", "--data", " ")]
    [InlineData("--data", "agent", "run", "--data", "")]
    [InlineData("--journal", "copy", "from", "to", "--journal", "")]
    [InlineData("file", "state", "backup", "")]
    public async Task A_place_that_is_empty_is_named_and_nothing_is_done_elsewhere(string empty, params string[] args)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var ran = await new Shell().RunAsync(limit.Token, args);

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.StartsWith($"mover: Usage: '{empty}' is empty.", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'soon' is not a valid value for --minutes, which takes a whole number.", "token", "--minutes", "soon")]
    [InlineData("'loud' is not a valid value for --log-level; use one of Trace, Debug", "server", "--log-level", "loud")]
    public async Task A_value_of_another_kind_is_told_without_the_programs_types(string told, params string[] args)
    {
        var ran = await new Shell().RunAsync(args);

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.Contains(told, ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Microsoft.", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_server_the_remedy_is_named()
    {
        var ran = await new Shell().RunAsync("group", "list");

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.Contains("MOVER_SERVER", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_token_the_remedy_is_named()
    {
        var ran = await new Shell().RunAsync("group", "list", "--server", "https://127.0.0.1:1");

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.Contains("MOVER_TOKEN", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plain_http_server_is_refused_before_a_token_is_sent()
    {
        var ran = await new Shell { ["MOVER_TOKEN"] = "t" }.RunAsync("group", "list", "--server", "http://127.0.0.1:1");

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_told_in_two_lines_without_a_stack_trace()
    {
        var ran = await new Shell { ["MOVER_TOKEN"] = "t", ["MOVER_SERVER"] = "https://127.0.0.1:1" }.RunAsync("group", "list");

        Assert.Equal(ExitCodes.Unreachable, ran.ExitCode);
        Assert.Equal(2, ran.Error.Trim().Split('\n').Length);
        Assert.DoesNotContain("   at ", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Debug_shows_the_stack_trace()
    {
        var ran = await new Shell { ["MOVER_TOKEN"] = "t", ["MOVER_SERVER"] = "https://127.0.0.1:1" }.RunAsync("group", "list", "--debug");

        Assert.Contains("   at ", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_delete_without_a_person_wants_the_flag()
    {
        var ran = await new Shell { ["MOVER_TOKEN"] = "t", ["MOVER_SERVER"] = "https://127.0.0.1:1", ["MOVER_SUBSCRIPTION"] = "s" }
            .RunAsync("project", "delete", "-g", "g", "--storage-mover-name", "m", "-n", "p");

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.Contains("--yes", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_who_says_no_is_obeyed()
    {
        var ran = await new Shell
        {
            CanAsk = true,
            Input = "n\n",
            ["MOVER_TOKEN"] = "t",
            ["MOVER_SERVER"] = "https://127.0.0.1:1",
            ["MOVER_SUBSCRIPTION"] = "s",
        }
            .RunAsync("project", "delete", "-g", "g", "--storage-mover-name", "m", "-n", "p");

        Assert.Equal(ExitCodes.Canceled, ran.ExitCode);
    }

    [Fact]
    public async Task A_name_with_a_slash_cannot_reach_another_resource()
    {
        var ran = await new Shell { ["MOVER_TOKEN"] = "t", ["MOVER_SERVER"] = "https://127.0.0.1:1", ["MOVER_SUBSCRIPTION"] = "s" }
            .RunAsync("project", "show", "-g", "g", "--storage-mover-name", "m", "-n", "p/jobDefinitions/j");

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
    }

    [Fact]
    public async Task An_unregistered_agent_says_what_to_do()
    {
        var ran = await new Shell().RunAsync("agent", "status", "--data", Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N")));

        Assert.Equal(ExitCodes.NotReady, ran.ExitCode);
        Assert.Contains("mover agent register", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_needs_a_folder_where_a_server_has_started()
    {
        var ran = await new Shell().RunAsync("token", "--data", Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N")));

        Assert.Equal(ExitCodes.NotReady, ran.ExitCode);
        Assert.Contains("mover server", ran.Error, StringComparison.Ordinal);
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Mover.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return folder;
    }
}
