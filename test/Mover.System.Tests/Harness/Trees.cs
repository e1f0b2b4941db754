using System.Globalization;

namespace Mover.SystemTests.Harness;

/// <summary>Sources for system tests, the same for the same seed.</summary>
internal static class Trees
{
    /// <summary>Small files in folders of a hundred, and one file large enough to go in blocks; some MiB in all.</summary>
    public static void Mixed(string folder, int seed, int smallFiles, long largeBytes)
    {
        var random = new Random(seed);
        var content = new byte[8192];
        for (var at = 0; at < smallFiles; at++)
        {
            var below = Directory.CreateDirectory(Path.Combine(folder, $"folder {at / 100:D4}")).FullName;
            var bytes = content.AsSpan(0, random.Next(content.Length));
            random.NextBytes(bytes);
            File.WriteAllBytes(Path.Combine(below, string.Create(CultureInfo.InvariantCulture, $"file {at:D6}.bin")), bytes);
        }

        using var large = File.Create(Path.Combine(folder, "large.bin"));
        var block = new byte[1024 * 1024];
        for (var rest = largeBytes; rest > 0; rest -= block.Length)
        {
            random.NextBytes(block);
            large.Write(block.AsSpan(0, (int)Math.Min(block.Length, rest)));
        }
    }
}
