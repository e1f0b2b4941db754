using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Mover.Conformance.Contract;

namespace Mover.Testing;

/// <summary>
/// Holds every exchange of the web servers that it watches to the API definitions, without their knowing, and writes what it finds into a
/// folder. Safe for many exchanges at once.
/// </summary>
public sealed class ContractWatch : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    /// <summary>
    /// A header for a request that bends the contract on purpose and may yet be accepted: then only its answer is looked at. To the server it
    /// means nothing.
    /// </summary>
    public const string BendsContract = "test-bends-contract";

    private const int BrokenMax = 100;
    private const string Hosting = "Microsoft.AspNetCore";
    private const string Exchanges = "Microsoft.AspNetCore.Hosting.HttpRequestIn";
    private const string Start = Exchanges + ".Start";
    private const string Stop = Exchanges + ".Stop";

    private readonly Lock _gate = new();
    private readonly string _prefix;
    private FileStream? _held;
    private int _broken;

    private ContractWatch(string folder) => _prefix = Path.Combine(folder, Guid.NewGuid().ToString("N"));

    /// <summary>Watches every web server that this process has or will have.</summary>
    /// <param name="folder">The path of a <see cref="ContractFolder"/>.</param>
    public static void OverThisProcess(string folder) => DiagnosticListener.AllListeners.Subscribe(new ContractWatch(folder));

    /// <summary>Watches one web server of this process.</summary>
    /// <param name="server">The server's services.</param>
    /// <param name="folder">Where to write.</param>
    public static void Over(IServiceProvider server, ContractFolder folder) =>
        new ContractWatch(folder.Path).OnNext(server.GetRequiredService<DiagnosticListener>());

    /// <inheritdoc/>
    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == Hosting)
        {
            value.Subscribe(this, name => name is Exchanges or Start or Stop);
        }
    }

    /// <inheritdoc/>
    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value is { Key: Start, Value: HttpContext begun })
        {
            begun.Features.Set(new WatchedExchange(begun, this));
        }
        else if (value is { Key: Stop, Value: HttpContext done })
        {
            done.Features.Get<WatchedExchange>()?.End();
        }
    }

    /// <inheritdoc/>
    public void OnError(Exception error)
    {
    }

    /// <inheritdoc/>
    public void OnCompleted()
    {
    }

    /// <summary>Judges an exchange, and has its judgement on disk when it returns.</summary>
    internal void Judge(Exchange exchange)
    {
        var violations = ContractCheck.Run(exchange, isRequestChecked: !exchange.RequestHeaders.ContainsKey(BendsContract));
        if (violations.Count > 0)
        {
            NoteBroken($"{string.Join('\n', violations)}\n{exchange.Excerpt()}");
        }

        if (ContractCheck.IsHeld(exchange))
        {
            NoteHeld(exchange.Status < 400 ? $"{exchange.ApiVersion} {ContractCheck.OperationOf(exchange)}\n" : "\n");
        }
    }

    /// <summary>Writes down what is wrong with an exchange.</summary>
    internal void NoteBroken(string what)
    {
        var number = Interlocked.Increment(ref _broken);
        if (number <= BrokenMax)
        {
            File.WriteAllText($"{_prefix}-{number}{ContractFolder.BrokenEnding}", what);
        }
    }

    private void NoteHeld(string line)
    {
        lock (_gate)
        {
            // Unbuffered: what is written outlives a kill.
            _held ??= new(_prefix + ContractFolder.HeldEnding, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
            _held.Write(Encoding.UTF8.GetBytes(line));
        }
    }
}
