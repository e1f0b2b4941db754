using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Mover.Cli.Host;

namespace Mover.Cli.Tests;

public sealed partial class LogFileTests
{
    [Fact]
    public void Full_files_are_kept_under_numbers_and_the_oldest_goes()
    {
        using var folder = new TemporaryFolder();
        using var services = new ServiceCollection().AddLogging(logging => logging.AddSimpleConsole(o => o.SingleLine = true)).BuildServiceProvider();
        using (var file = new LogFile(folder["log"], services.GetServices<ConsoleFormatter>().First(f => f.Name == "simple"), bytesMax: 1000))
        {
            var logger = file.CreateLogger("test");
            for (var line = 0; line < 200; line++)
            {
                Line(logger, line);
            }
        }

        var files = Directory.GetFiles(Path.GetDirectoryName(folder["log"])!, "log*").Order(StringComparer.Ordinal).ToList();
        Assert.Equal(["log", "log.1", "log.2", "log.3", "log.4"], files.Select(Path.GetFileName));
        Assert.All(files, file => Assert.InRange(new FileInfo(file).Length, 1, 1000));
        Assert.Contains("line 199", File.ReadAllText(folder["log"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_that_could_not_be_written_for_a_while_continues_afterwards()
    {
        using var folder = new TemporaryFolder();
        using var services = new ServiceCollection().AddLogging(logging => logging.AddSimpleConsole(o => o.SingleLine = true)).BuildServiceProvider();
        using var file = new LogFile(folder["log"], services.GetServices<ConsoleFormatter>().First(f => f.Name == "simple"), bytesMax: 200);
        var logger = file.CreateLogger("test");
        Directory.CreateDirectory(folder["log.1/in the way"]);
        for (var line = 0; line < 20; line++)
        {
            Line(logger, line);
        }

        Directory.Delete(folder["log.1"], recursive: true);
        Line(logger, 99);

        Assert.Contains("line 99", File.ReadAllText(folder["log"]), StringComparison.Ordinal);
    }

    [LoggerMessage(1, LogLevel.Information, "line {Number}")]
    private static partial void Line(ILogger logger, int number);
}
