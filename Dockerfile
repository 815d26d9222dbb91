# The image of one file. `docker build -t azfob .`; then, in an image of yours:  COPY --from=azfob /azfob /azfob
FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install --no-install-recommends -y gcc make python3 git ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /azfob
COPY . .
# The date of the last commit is built in. Where .git is not sent along:  --build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
ARG SOURCE_DATE_EPOCH
RUN make

FROM scratch
COPY --from=build /azfob/build/azfob /azfob
USER 65532:65532
ENTRYPOINT ["/azfob"]
