using System.Text.Json.Nodes;

namespace Mover.Cli.Tests;

/// <summary>The verb that holds an endpoint to the rules of the contract, against the program as a server.</summary>
public sealed class ConformanceTests
{
    [Fact]
    public async Task A_run_ends_with_0_reports_each_rule_and_leaves_nothing_behind()
    {
        await using var server = await RunningServer.StartAsync();
        var shell = server.CreateShell();
        var file = server["report.json"];

        var ran = await shell.RunAsync(
            "conformance", "--api-version", "2023-03-01,2025-12-01", "--rules", "ARM-GET,JOB-RUN-001", "--report", file);
        var groups = await shell.RunAsync("group", "list", "-o", "json");

        Assert.True(ran.ExitCode == ExitCodes.Ok, ran.Out + ran.Error);
        Assert.Contains("ok   ARM-GET-001", ran.Out, StringComparison.Ordinal);
        var report = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        Assert.Equal(0, (int)report["failed"]!);
        Assert.True((int)report["passed"]! >= 30, report.ToJsonString());
        Assert.Equal("[]", groups.Out.Trim());
    }

    [Fact]
    public async Task The_names_of_the_checks_are_listed_without_asking_anybody()
    {
        var ran = await new Shell().RunAsync("conformance", "--list", "--api-version", "2026-05-01", "--rules", "EX-001");

        Assert.Equal(ExitCodes.Ok, ran.ExitCode);
        Assert.Contains("EX-001/Endpoints_CreateOrUpdate_NfsMount/2026-05-01\n", ran.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ExitCodes.Usage, "--endpoint", "https://127.0.0.1:1", "--api-version", "1999-01-01")]
    [InlineData(ExitCodes.Usage, "--endpoint", "http://127.0.0.1:1")]
    [InlineData(ExitCodes.Unreachable, "--endpoint", "https://127.0.0.1:1")]
    public async Task What_cannot_be_tried_is_said(int exitCode, params string[] args)
    {
        var shell = new Shell { ["MOVER_TOKEN"] = "t" };

        var ran = await shell.RunAsync(["conformance", .. args]);

        Assert.Equal(exitCode, ran.ExitCode);
        Assert.NotEmpty(ran.Error);
    }
}
