using Mover.Cli.Frame;
using Mover.Cli.Progress;
using Mover.Cli.Transfers;

namespace Mover.Cli.Tests;

public sealed class SizesTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("500000", 500000)]
    [InlineData("64MiB", 64L << 20)]
    [InlineData("64m", 64L << 20)]
    [InlineData("1.5 GiB", 3L << 29)]
    [InlineData("2GB", 2_000_000_000)]
    [InlineData("12B", 12)]
    public void Sizes_are_read_as_people_write_them(string text, long bytes) => Assert.Equal(bytes, Sizes.Parse("--memory", text));

    [Theory]
    [InlineData("")]
    [InlineData("MiB")]
    [InlineData("-1")]
    [InlineData("1e9")]
    [InlineData("99999999999T")]
    public void Text_that_is_not_a_size_is_refused(string text) => Assert.Throws<CliException>(() => Sizes.Parse("--memory", text));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(52255763, "49.8 MiB")]
    public void Bytes_are_shown_in_a_unit_that_fits(long bytes, string text) => Assert.Equal(text, Figures.Bytes(bytes));
}
