using System.Buffers.Binary;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.State.Sqlite;

namespace Mover.State.Tests.Sqlite;

/// <summary>
/// The program that the crash tests kill: several writers that commit without end, each commit three keys with one marker, and a line on
/// stdout for every commit that was acknowledged: <c>writer marker revision</c>.
/// </summary>
internal static class CrashProgram
{
    public const int Writers = 4;

    public static readonly IReadOnlyList<string> Parts = ["a", "b", "c"];

    public static async Task Main(string[] arguments)
    {
        var seed = int.Parse(arguments[1], System.Globalization.CultureInfo.InvariantCulture);
        await Console.Out.WriteLineAsync("opening");
        await using var store = SqliteStateStore.Open(new() { Path = arguments[0] }, TimeProvider.System, NullLogger<SqliteStateStore>.Instance);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(store, writer, new Random(seed + writer)))));
    }

    public static string Key(int writer, string part) => $"w{writer}/{part}";

    public static long Marker(StateEntry? entry) => entry is null ? 0 : BinaryPrimitives.ReadInt64LittleEndian(entry.Value.Span);

    private static async Task WriteAsync(SqliteStateStore store, int writer, Random random)
    {
        var last = await store.GetAsync(Key(writer, "a"), CancellationToken.None);
        var revision = last?.ModRevision ?? 0;
        for (var marker = Marker(last) + 1; ; marker++)
        {
            var value = new byte[8 + random.Next(16 * 1024)];
            BinaryPrimitives.WriteInt64LittleEndian(value, marker);
            var result = await store.CommitAsync(
                [.. Parts.Select(part => new StateCondition(Key(writer, part), revision))],
                [.. Parts.Select(part => new StateWrite(Key(writer, part), value))],
                CancellationToken.None);
            if (result.Outcome != CommitOutcome.Committed)
            {
                throw new InvalidOperationException($"Writer {writer} lost its own keys: {result}.");
            }

            revision = result.Revision;
            await Console.Out.WriteLineAsync($"{writer} {marker} {revision}");
        }
    }
}
