using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mover.Templates.Tests.Oracle;

/// <summary>Microsoft's <c>bicep</c> program, asked over JSON-RPC: it compiles files and predicts what Azure would deploy.</summary>
public sealed class BicepProgram : IAsyncDisposable
{
    // Once: a program that runs cannot be written.
    private static readonly Lazy<string> Copied = new(Copy);

    private readonly Process _process;
    private readonly string _folder = Directory.CreateTempSubdirectory("mover-bicep-").FullName;
    private int _calls;

    private BicepProgram(Process process)
    {
        _process = process;
    }

    /// <summary>A folder for files that it reads; gone with it.</summary>
    public string Folder => _folder;

    /// <summary>Starts the program that the package holds.</summary>
    public static BicepProgram Start()
    {
        var start = new ProcessStartInfo(Copied.Value, ["jsonrpc", "--stdio"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1" },
        };
        return new(Process.Start(start) ?? throw new InvalidOperationException("bicep did not start."));
    }

    /// <summary>The ARM template of a Bicep file.</summary>
    public async Task<string> CompileAsync(string file)
    {
        var answer = await CallAsync("bicep/compile", new() { ["path"] = file });
        return (bool)answer["success"]! ? (string)answer["contents"]! : throw new InvalidOperationException(
            $"bicep refuses {file}: {answer["diagnostics"]!.AsArray().Where(one => (string)one!["level"]! == "Error").Select(one => one!.ToJsonString()).FirstOrDefault()}");
    }

    /// <summary>What Azure would deploy and answer, <c>predictedResources</c> and <c>outputs</c>; throws with Azure's words when it refuses.</summary>
    public async Task<string> PredictAsync(string parameterFile, string subscription, string group, string location, string deployment)
    {
        var answer = await CallAsync("bicep/getSnapshot", new()
        {
            ["path"] = parameterFile,
            ["metadata"] = new JsonObject
            {
                ["tenantId"] = null,
                ["subscriptionId"] = subscription,
                ["resourceGroup"] = group,
                ["location"] = location,
                ["deploymentName"] = deployment,
            },
            ["externalInputs"] = null,
        });
        return (string)answer["snapshot"]!;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Copy()
    {
        var folder = typeof(BicepProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .First(one => one.Key == "BicepFolder").Value ?? string.Empty;
        var program = Path.Combine(AppContext.BaseDirectory, "bicep");
        File.Copy(Path.Combine(folder, "bicep"), program, overwrite: true);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return program;
    }

    private async Task<JsonObject> CallAsync(string method, JsonObject arguments)
    {
        var body = Encoding.UTF8.GetBytes(
            new JsonObject { ["jsonrpc"] = "2.0", ["id"] = ++_calls, ["method"] = method, ["params"] = arguments }.ToJsonString());
        var input = _process.StandardInput.BaseStream;
        await input.WriteAsync(Encoding.ASCII.GetBytes($"Content-Length: {body.Length}\r\n\r\n"));
        await input.WriteAsync(body);
        await input.FlushAsync();
        while (true)
        {
            var answer = await ReadAsync();
            if ((int?)answer["id"] == _calls)
            {
                return answer["result"]?.AsObject() ?? throw new InvalidOperationException(
                    $"{method}: {(string?)answer["error"]?["message"] ?? answer["error"]?.ToJsonString()}");
            }
        }
    }

    private async Task<JsonObject> ReadAsync()
    {
        var output = _process.StandardOutput.BaseStream;
        var length = 0;
        while (true)
        {
            var line = await ReadLineAsync(output);
            if (line.Length == 0)
            {
                break;
            }

            if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            {
                length = int.Parse(line["Content-Length:".Length..], CultureInfo.InvariantCulture);
            }
        }

        var body = new byte[length];
        await output.ReadExactlyAsync(body);
        return JsonSerializer.Deserialize<JsonObject>(body) ?? throw new InvalidOperationException("bicep answered null.");
    }

    private static async Task<string> ReadLineAsync(Stream stream)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (true)
        {
            await stream.ReadExactlyAsync(one);
            if (one[0] == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append((char)one[0]);
        }
    }
}
