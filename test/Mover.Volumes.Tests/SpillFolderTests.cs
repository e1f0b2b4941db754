namespace Mover.Volumes.Tests;

public sealed class SpillFolderTests : IDisposable
{
    private readonly string _above = Directory.CreateTempSubdirectory("mover-spill-tests-").FullName;

    public void Dispose() => Directory.Delete(_above, recursive: true);

    [Fact]
    public void What_a_killed_process_left_is_removed_and_what_a_living_one_uses_is_not()
    {
        var dead = Directory.CreateDirectory(Path.Combine(_above, "mover-scan-dead")).FullName;
        File.WriteAllText(Path.Combine(dead, "lock"), string.Empty);
        File.WriteAllText(Path.Combine(dead, "1.run"), "names");
        var foreign = Directory.CreateDirectory(Path.Combine(_above, "mover-scan-foreign")).FullName;
        using var living = SpillFolder.Create(_above);

        using var next = SpillFolder.Create(_above);

        Assert.Equal(
            new[] { foreign, living.Path, next.Path }.Order(StringComparer.Ordinal),
            Directory.EnumerateDirectories(_above).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Owners_that_come_and_go_at_the_same_time_leave_each_other_alone()
    {
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            for (var round = 0; round < 1_000; round++)
            {
                using var folder = SpillFolder.Create(_above);
                var file = Path.Combine(folder.Path, "1.run");
                File.WriteAllText(file, "names");
                Assert.Equal("names", File.ReadAllText(file));
            }
        });

        Assert.Empty(Directory.EnumerateDirectories(_above));
    }

    [Fact]
    public void A_folder_goes_with_its_owner()
    {
        using (var folder = SpillFolder.Create(_above))
        {
            File.WriteAllText(Path.Combine(folder.Path, "1.run"), "names");
        }

        Assert.Empty(Directory.EnumerateDirectories(_above));
    }
}
